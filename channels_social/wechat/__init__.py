"""WeChat Official Accounts (developers.weixin.qq.com/doc/service)."""
