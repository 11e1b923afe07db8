"""The journal: every change of a ticket or setting, written in the transaction of the change."""
