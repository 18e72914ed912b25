"""Weibo's service for fans, 粉丝服务 (open.weibo.com/wiki/粉丝服务). Experimental: its documents are of 2014."""
