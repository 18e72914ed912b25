"""Providers that carry an account's mail over HTTP: what they call us with, and what we call them with.

django-anymail knows how each of them speaks; these modules lend it one account's credentials at a time, and turn its
events into the contract's. Nothing is read from Django's settings.
"""
