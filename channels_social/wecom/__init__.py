"""WeCom customer service, 微信客服 (developer.work.weixin.qq.com/document/path/94638)."""
