"""Meta: an Instagram professional account and a Facebook page, their followers, reach, reactions and posts."""
