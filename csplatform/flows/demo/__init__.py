"""A small company to try the platform with: a wallet and a shop, their agents, customers and conversations."""
