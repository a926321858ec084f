"""Judge how soon someone must look at a post, and why."""
