"""``python -m helpdesk_core``: the ``helpdesk`` command."""

from helpdesk_core.cli import main

if __name__ == "__main__":
    main(prog_name="helpdesk")
