"""What WeChat and WeCom have in common: sealed calls, XML, and answers that say no with HTTP 200."""
