"""What is wrong with a server's certificate, in words."""

import ssl

from cryptography import x509
from django.utils.formats import date_format
from django.utils.translation import gettext as _

# OpenSSL's X509_V_ERR_…
_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED = 9, 10, 18
_UNKNOWN_SIGNER = frozenset({2, 19, 20, 21, 24, 27})
_OTHER_NAME = frozenset({62, 64})


def trouble(error: ssl.SSLCertVerificationError, certificate: x509.Certificate | None, host: str) -> str:
    """Return why the certificate that `host` shows is not accepted, and what can be done."""
    code = error.verify_code
    if code in _OTHER_NAME:
        return _other_name(certificate, host)
    if code == _EXPIRED:
        until = f" ({date_format(certificate.not_valid_after_utc, 'DATE_FORMAT')})" if certificate else ""
        return _("The server's certificate has expired%(when)s. Whoever runs the server must renew it.") % {
            "when": until
        }
    if code == _NOT_YET_VALID:
        return _("The server's certificate is not valid yet. Is the clock of this machine or of the server wrong?")
    if code == _SELF_SIGNED:
        return _(
            "The server's certificate is signed by itself, so nobody vouches for the server. Have it use one of a "
            "known authority, such as Let's Encrypt, or make this machine trust it."
        )
    if code in _UNKNOWN_SIGNER:
        signer = _signer(certificate)
        return _(
            "The server's certificate is signed by %(signer)s, which this machine does not know. Either the server "
            "does not send the certificates in between, or its authority is a private one."
        ) % {"signer": signer}
    return _("The server's certificate is not valid: %(reason)s.") % {"reason": error.verify_message}


def _other_name(certificate: x509.Certificate | None, host: str) -> str:
    names = ", ".join(names_of(certificate)[:5]) if certificate else ""
    if not names:
        return _("The server's certificate is not made out for %(host)s.") % {"host": host}
    return _(
        "The server's certificate is made out for %(names)s, not for %(host)s. Enter the server under that name, or "
        "have its certificate changed."
    ) % {"names": names, "host": host}


def names_of(certificate: x509.Certificate) -> list[str]:
    """Return the host names and addresses that a certificate is made out for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    found = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return list(dict.fromkeys(found))


def _signer(certificate: x509.Certificate | None) -> str:
    if certificate is None:
        return "?"
    names = certificate.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return f"“{str(names[0].value)[:100]}”" if names else certificate.issuer.rfc4514_string()[:100] or "?"
