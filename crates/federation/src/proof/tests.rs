//! The vectors of the standard and of the FEP, and what must not pass.

use super::*;

const PUBLIC: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
/// The multicodec of a private Ed25519 key and its seed.
const SECRET: &str = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq";

fn key() -> PrivateKey {
    let bytes = base58::decode(SECRET.strip_prefix('z').unwrap()).unwrap();
    PrivateKey::ed25519_from_seed(bytes.strip_prefix(&[0x80, 0x26]).unwrap()).unwrap()
}

fn public() -> PublicKey {
    PublicKey::from_multibase(PUBLIC).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Section B.4 of the cryptosuites of the W3C.
fn credential() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "AlumniCredential"],
        "name": "Alumni Credential",
        "description": "A minimum viable example of an Alumni Credential.",
        "issuer": "https://vc.example/issuers/5678",
        "validFrom": "2023-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"}
    })
}

#[test]
fn the_vector_of_the_standard() {
    let mut document = credential();
    let method = format!("did:key:{PUBLIC}#{PUBLIC}");
    add(&mut document, &method, &key(), at("2023-02-24T23:36:38Z")).unwrap();
    assert_eq!(
        document["proof"]["proofValue"],
        "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
    );
    let proof = Proof::find(&document).unwrap();
    assert_eq!(proof.method, method);
    assert_eq!(proof.verify(&public()), Ok(()));
    let hex: String =
        hashed(&proof.options, &proof.document)
            .iter()
            .fold(String::new(), |mut text, byte| {
                use std::fmt::Write as _;
                write!(text, "{byte:02x}").unwrap();
                text
            });
    assert_eq!(
        hex,
        "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db\
         59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
    );
}

/// FEP-8b32's feature file: a proof without a context of its own.
fn note() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v1"],
        "type": "Create",
        "actor": "https://server.example/users/alice",
        "object": {"type": "Note", "content": "Hello world"},
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "verificationMethod": "https://server.example/users/alice#ed25519-key",
            "proofPurpose": "assertionMethod",
            "proofValue": "z3sXaxjKs4M3BRicwWA9peyNPJvJqxtGsDmpt1jjoHCjgeUf71TRFz56osPSfDErszyLp5Ks1EhYSgpDaNM977Rg2",
            "created": "2023-02-24T23:36:38Z"
        }
    })
}

#[test]
fn the_vector_of_the_fep() {
    assert_eq!(Proof::find(&note()).unwrap().verify(&public()), Ok(()));
}

/// As Fedify sends them: signed with the document's context among the options, and without it there.
#[test]
fn a_context_that_was_signed_may_be_left_out() {
    let mut document = note();
    let method = "https://server.example/users/alice#k";
    add(&mut document, method, &key(), at("2026-01-01T00:00:00Z")).unwrap();
    document["proof"]
        .as_object_mut()
        .unwrap()
        .remove("@context")
        .unwrap();
    assert_eq!(Proof::find(&document).unwrap().verify(&public()), Ok(()));
    for (pointer, value) in [
        ("/object/content", json!("Hello, world")),
        ("/@context/1", json!("https://example.com/other")),
    ] {
        let mut changed = document.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let proof = Proof::find(&changed).unwrap();
        assert_eq!(
            proof.verify(&public()),
            Err(Error::BadSignature),
            "{pointer}"
        );
    }
}

#[test]
fn any_change_breaks_it() {
    for (pointer, value) in [
        ("/object/content", json!("Hello, world")),
        ("/actor", json!("https://server.example/users/bob")),
        ("/type", json!("Update")),
        ("/proof/created", json!("2023-02-24T23:36:39Z")),
        (
            "/proof/verificationMethod",
            json!("https://server.example/users/bob#ed25519-key"),
        ),
        ("/@context/1", json!("https://example.com/other")),
    ] {
        let mut changed = note();
        *changed.pointer_mut(pointer).unwrap() = value;
        let proof = Proof::find(&changed).unwrap();
        assert_eq!(
            proof.verify(&public()),
            Err(Error::BadSignature),
            "{pointer}"
        );
    }
    let mut more = note();
    more["bcc"] = json!("https://evil.example/");
    assert!(Proof::find(&more).unwrap().verify(&public()).is_err());
}

#[test]
fn other_proofs_are_none() {
    for (pointer, value) in [
        ("/proof/type", json!("RsaSignature2017")),
        ("/proof/cryptosuite", json!("eddsa-rdfc-2022")),
        ("/proof/proofPurpose", json!("authentication")),
        ("/proof/proofValue", json!("m3sXaxjKs4M")),
        ("/proof/verificationMethod", json!(7)),
        ("/proof", json!("proof")),
        ("/proof", json!([])),
    ] {
        let mut changed = note();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert_eq!(Proof::find(&changed), None, "{pointer}");
    }
    assert_eq!(Proof::find(&json!([])), None);
    let mut several = note();
    several["proof"] = json!([{"type": "Other"}, note()["proof"]]);
    assert_eq!(Proof::find(&several).unwrap().verify(&public()), Ok(()));
}

#[test]
fn the_context_of_what_came_may_have_grown_at_its_end_alone() {
    let mut signed = note();
    add(
        &mut signed,
        "https://server.example/users/alice#k",
        &key(),
        at("2026-01-01T00:00:00Z"),
    )
    .unwrap();
    let mut grown = signed.clone();
    grown["@context"]
        .as_array_mut()
        .unwrap()
        .push(json!("https://example.com/more"));
    assert_eq!(Proof::find(&grown).unwrap().verify(&public()), Ok(()));
    let mut turned = signed;
    turned["@context"].as_array_mut().unwrap().reverse();
    assert_eq!(Proof::find(&turned), None);
}

#[test]
fn an_rsa_key_proves_nothing() {
    let rsa = crate::signature::cast::ann().public.clone();
    assert_eq!(
        Proof::find(&note()).unwrap().verify(&rsa),
        Err(Error::BadSignature)
    );
}

#[test]
fn a_key_beside_another_is_always_the_same() {
    let one = PrivateKey::ed25519_beside("one")
        .unwrap()
        .public_multibase();
    assert_eq!(
        PrivateKey::ed25519_beside("one\n")
            .unwrap()
            .public_multibase(),
        one
    );
    assert_ne!(
        PrivateKey::ed25519_beside("two")
            .unwrap()
            .public_multibase(),
        one
    );
}
