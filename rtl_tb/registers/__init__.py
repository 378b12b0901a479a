"""The registers of video_top as SystemRDL states them: the table of their fields, and the pages that are made from it."""
