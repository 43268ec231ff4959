"""Messages that only central can open, whoever carries them and however long they lie about.

A password change made on a node that is offline waits there, maybe for days, on a disk that may be
copied. It is sealed to central's key the moment it is made: X25519 with a fresh key per message,
HKDF-SHA256, ChaCha20-Poly1305. Keys are 32 raw bytes; a sealed message is base64url text.
"""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sync import errors
from sync.accounts.passwords import Randomness

KEY_BYTES = 32
_PURPOSE = b"school-journal sealed message 1\n"
# The key is fresh for every message, so one nonce is never used twice with it.
_NONCE = bytes(12)


def public_key_of(private_key: bytes) -> bytes:
    """Return the key that others seal with."""
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def seal(public_key: bytes, message: bytes, randomness: Randomness = secrets.token_bytes) -> str:
    """Return ``message`` so that only the holder of the private key can read it.

    Raises:
        errors.SealBroken: ``public_key`` is no key.
    """
    once = X25519PrivateKey.from_private_bytes(randomness(KEY_BYTES))
    once_public = once.public_key().public_bytes_raw()
    try:
        shared = once.exchange(X25519PublicKey.from_public_bytes(public_key))
    except ValueError as error:
        raise errors.SealBroken from error
    cipher = ChaCha20Poly1305(_key(shared, once_public, public_key))
    return base64.urlsafe_b64encode(once_public + cipher.encrypt(_NONCE, message, None)).decode()


def unseal(private_key: bytes, sealed: str) -> bytes:
    """Return the message of ``seal``.

    Raises:
        errors.SealBroken: it was sealed to another key, or altered, or is no sealed message.
    """
    own = X25519PrivateKey.from_private_bytes(private_key)
    try:
        data = base64.b64decode(sealed, altchars=b"-_", validate=True)
        once_public = data[:KEY_BYTES]
        shared = own.exchange(X25519PublicKey.from_public_bytes(once_public))
        key = _key(shared, once_public, own.public_key().public_bytes_raw())
        return ChaCha20Poly1305(key).decrypt(_NONCE, data[KEY_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise errors.SealBroken from error


def _key(shared: bytes, once_public: bytes, public_key: bytes) -> bytes:
    derivation = HKDF(SHA256(), KEY_BYTES, salt=None, info=_PURPOSE + once_public + public_key)
    return derivation.derive(shared)
