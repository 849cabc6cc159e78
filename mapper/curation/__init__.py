"""Keeping the inventory true without wearing anyone out: duplicates, merging, and what to ask whom again."""
