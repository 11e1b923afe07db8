"""What all pages share: guard, navigation, slots, formatting."""
