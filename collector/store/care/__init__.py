"""The store's care: what it holds, backups, checks, what is made anew, what goes after its time, who is erased."""
