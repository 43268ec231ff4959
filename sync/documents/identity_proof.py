"""How an installation proves who it was: a MAC under the key of its former identity.

A folder that is enrolled anew gets another identity; what was written there under the former one
is still to be sent, and asked about. So it names the former one, and proves with the key that only
it and central know that the name is its own. The nonce is that of the enrolment: a proof cannot be
used for another one.
"""

import hashlib
import hmac

from sync.documents import canonical

_DIGEST_BYTES = 16


def proof(node: str, nonce: str, key: bytes) -> str:
    """Return the proof that its maker has been ``node``, for the enrolment with this nonce."""
    told = canonical.encode(["former", node, nonce])
    return hashlib.blake2b(told, key=key, digest_size=_DIGEST_BYTES).hexdigest()


def is_proven(node: str, nonce: str, key: bytes, shown: str) -> bool:
    """Tell whether ``shown`` is that proof."""
    return hmac.compare_digest(proof(node, nonce, key), shown)
