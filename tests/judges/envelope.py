"""An independent reader of a sealed package: asn1crypto parses, cryptography decrypts and verifies, zipfile unpacks.

    python3 envelope.py SEALED KEY.pem ROOT.pem

Prints what it found as JSON. It knows nothing of Konvolutt, only the standards: RFC 5652, RFC 5035, ETSI EN 319 162-1
and the ASiC-E that eFormidling carries. Anything unexpected ends it with an exception.
"""

import base64
import hashlib
import io
import json
import sys
import zipfile
from xml.etree import ElementTree

from asn1crypto import cms, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

TAG = 16
HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
ASIC = "{http://uri.etsi.org/02918/v1.2.1#}"
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
SHA256_URI = "http://www.w3.org/2001/04/xmlenc#sha256"


def content_key(recipient, key):
    algorithm = recipient["key_encryption_algorithm"]
    encrypted = recipient["encrypted_key"].native
    if algorithm["algorithm"].native == "rsaes_pkcs1v15":
        return key.decrypt(encrypted, padding.PKCS1v15())
    parameters = algorithm["parameters"]
    digest = HASHES[parameters["hash_algorithm"]["algorithm"].native]
    mask = HASHES[parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native]
    oaep = padding.OAEP(mgf=padding.MGF1(algorithm=mask()), algorithm=digest(), label=None)
    return key.decrypt(encrypted, oaep)


def open_sealed(sealed, key):
    info = cms.ContentInfo.load(sealed, strict=True)
    assert info["content_type"].native == "enveloped_data", info["content_type"].native
    enveloped = info["content"]
    (recipient,) = enveloped["recipient_infos"]
    assert recipient.name == "ktri"
    assert recipient.chosen["rid"].name == "issuer_and_serial_number"
    secret = content_key(recipient.chosen, key)
    content = enveloped["encrypted_content_info"]
    ciphertext = content["encrypted_content"].native
    algorithm = content["content_encryption_algorithm"]
    oid = algorithm["algorithm"].dotted
    if oid == "2.16.840.1.101.3.4.1.46":
        nonce, tag_length = algorithm["parameters"].native.values()
        assert tag_length == TAG and len(nonce) == 12
        return "aes256_gcm", AESGCM(secret).decrypt(nonce, ciphertext, None)
    assert algorithm.encryption_cipher == "aes" and algorithm.encryption_mode == "cbc"
    decryptor = Cipher(algorithms.AES(secret), modes.CBC(algorithm.encryption_iv)).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    count = padded[-1]
    assert 1 <= count <= 16 and padded[-count:] == bytes([count]) * count
    return f"aes{len(secret) * 8}_cbc", padded[:-count]


def signer_of(p7s, manifest, root):
    info = cms.ContentInfo.load(p7s, strict=True)
    assert info["content_type"].native == "signed_data"
    signed = info["content"]
    assert signed["encap_content_info"]["content"].native is None, "not detached"
    (signer,) = signed["signer_infos"]
    certificates = [choice.chosen for choice in signed["certificates"]]
    identifier = signer["sid"].chosen
    (certificate,) = [
        one for one in certificates
        if one.issuer == identifier["issuer"] and one.serial_number == identifier["serial_number"].native
    ]
    name = signer["digest_algorithm"]["algorithm"].native
    attributes = {attribute["type"].native: attribute["values"] for attribute in signer["signed_attrs"]}
    assert attributes["content_type"][0].native == "data"
    assert attributes["message_digest"][0].native == hashlib.new(name, manifest).digest(), "another manifest"
    public = load_der_x509_certificate(certificate.dump())
    message = signer["signed_attrs"].untag().dump(force=True)
    public.public_key().verify(signer["signature"].native, message, padding.PKCS1v15(), HASHES[name]())
    public.verify_directly_issued_by(root)
    return name, x509.Certificate.load(certificate.dump()).subject.native


def read_container(container, root):
    archive = zipfile.ZipFile(io.BytesIO(container))
    entries = archive.infolist()
    assert archive.testzip() is None
    assert entries[0].filename == "mimetype" and entries[0].compress_type == zipfile.ZIP_STORED
    assert archive.read("mimetype") == b"application/vnd.etsi.asic-e+zip"
    names = [entry.filename for entry in entries]
    assert len(set(names)) == len(names)
    documents = {name: archive.read(name) for name in names if name != "mimetype" and not name.startswith("META-INF/")}
    manifest = archive.read("META-INF/ASiCManifest.xml")
    tree = ElementTree.fromstring(manifest)
    told = {}
    for reference in tree.findall(f"{ASIC}DataObjectReference"):
        assert reference.find(f"{DSIG}DigestMethod").get("Algorithm") == SHA256_URI
        told[reference.get("URI")] = base64.b64decode(reference.find(f"{DSIG}DigestValue").text)
    assert told == {name: hashlib.sha256(bytes_).digest() for name, bytes_ in documents.items()}, "other digests"
    p7s = archive.read(tree.find(f"{ASIC}SigReference").get("URI"))
    digest, subject = signer_of(p7s, manifest, root)
    hexadecimal = {name: hashlib.sha256(bytes_).hexdigest() for name, bytes_ in documents.items()}
    return {"digest": digest, "signer": subject.get("organization_identifier"), "documents": hexadecimal}


def main(sealed, key, root):
    with open(key, "rb") as file:
        private = serialization.load_pem_private_key(file.read(), password=None)
    with open(root, "rb") as file:
        authority = load_pem_x509_certificate(file.read())
    with open(sealed, "rb") as file:
        cipher, container = open_sealed(file.read(), private)
    print(json.dumps({"cipher": cipher, **read_container(container, authority)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
