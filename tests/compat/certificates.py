"""Certificates of a run of compat.py, made by the openssl program: a CA, what it has signed, and one
that it has not. `of(name)` and `key(name)` are paths of PEM files."""
import os
import subprocess
import tempfile

FOLDER = tempfile.mkdtemp(prefix="convoy-compat-tls.")


def of(name):
    return os.path.join(FOLDER, name + ".pem")


def key(name):
    return os.path.join(FOLDER, name + ".key")


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, cwd=FOLDER, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60)


def ca(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
            "30", "-subj", f"/CN={name} CA", "-keyout", key(name), "-out", of(name))


def sign(name, subject, sans, by="ca", kind=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), days=30):
    openssl("req", "-new", "-newkey", *kind, "-nodes", "-subj", subject, "-keyout", key(name), "-out",
            name + ".csr")
    with open(os.path.join(FOLDER, name + ".ext"), "w") as file:
        file.write(f"subjectAltName={sans}\n" if sans else "basicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", name + ".csr", "-CA", of(by), "-CAkey", key(by), "-CAcreateserial",
            "-days", str(days), "-extfile", name + ".ext", "-out", of(name))


def sha256(name):
    """As verify_certificate_hash has it."""
    done = subprocess.run(["openssl", "x509", "-in", of(name), "-noout", "-fingerprint", "-sha256"],
                          check=True, stdout=subprocess.PIPE, timeout=60)
    return done.stdout.decode().strip().split("=")[1]


def make():
    ca("ca")
    ca("stranger")
    sign("a", "/CN=a.test", "DNS:a.test,DNS:*.wild.test,URI:spiffe://test/a")
    sign("rsa", "/CN=a.test", "DNS:a.test", kind=("rsa:2048",))
    sign("b", "/CN=b.test", "DNS:b.test")
    sign("client", "/O=Test, Inc/CN=client \\\"one\\\"", "URI:spiffe://test/client,DNS:client.test")
    sign("other", "/CN=other", "URI:spiffe://test/other")
    sign("nameless", "/CN=nameless.test", "")
    sign("unknown", "/CN=client", "URI:spiffe://test/client", by="stranger")


make()
