"""What themes are called: terms of comments, key words, names, comments that stand for a theme."""
