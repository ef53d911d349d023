//! Budgets for hostile input.
//!
//! The parsers of packages, containers, signatures and key files take these, so that time and memory are
//! bounded before the content is known. Ours: no standard sets them. Each field tells its default; where the
//! number comes from stands at the field in the source of [`Limits::default`].

/// The budgets. What is exactly as large, or as many, is still taken. Sizes are bytes and always `u64`: a
/// 32-bit length is wrong in WebAssembly long before it is natively.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest package, in bytes: the ciphertext of a sealed one, and of a container both itself and the
    /// sum of its files after inflation. 2 GiB.
    pub package_bytes: u64,
    /// The largest single file of a container after inflation, in bytes. 2 GiB.
    pub document_bytes: u64,
    /// The greatest number of entries in a container, those of META-INF among them. 1000.
    pub entries: usize,
    /// The greatest inflation: bytes of all files so far per byte of the container so far, once the files have more than
    /// 32 MiB. 200.
    pub ratio: u64,
    /// The largest manifest or signature in META-INF, and all names and extra fields of a zip together, in
    /// bytes; in the inspector and on the command line the largest SBD and other JSON, too. 4 MiB.
    pub metadata_bytes: u64,
    /// The most that may stand before the content of a sealed package, and after it, in bytes. It is read again from its
    /// beginning while it grows, so this bounds the work too. 1 MiB.
    pub head_bytes: u64,
    /// The greatest number of certificates in one signature, OCSP answer or key file; the last two are always
    /// held to the default. 32.
    pub certificates: usize,
    /// The greatest number of signatures in one container. Together with `certificates` it bounds the work of verifying,
    /// and so the time: there is no clock here to stop it by. 16.
    pub signatures: usize,
    /// The greatest number of prefixes in one `PrefixList` of exclusive canonicalisation, each counted once. 64.
    pub prefixes: usize,
    /// The greatest depth of open structures of a sealed package, its content's segments among them (BER).
    /// Other parsers have bounds of their own. 32.
    pub nesting: usize,
    /// The greatest number of recipients of one sealed package. 64.
    pub recipients: usize,
    /// The greatest number of key-derivation rounds a key file may ask for; always held to the default. Ten
    /// million.
    pub iterations: u32,
}

impl Default for Limits {
    fn default() -> Self {
        const MEBIBYTE: u64 = 1 << 20;
        Self {
            // DPO takes about 2 GiB over the broker; nothing else takes more.
            package_bytes: 2 << 30,
            document_bytes: 2 << 30,
            // A case file with attachments has tens of documents; a thousand leaves room and bounds the name checks.
            entries: 1_000,
            // Deflate cannot exceed 1032:1 (RFC 1951); honest letters as a whole stay far below 200.
            ratio: 200,
            // The largest signature seen, with whole chain and long manifest, is below 100 KiB.
            metadata_bytes: 4 * MEBIBYTE,
            // 64 recipients with long names and keys of 16384 bits take less than a quarter.
            head_bytes: MEBIBYTE,
            // Buypass and Commfides chains have three links; signatures may carry them twice and a time-stamp.
            certificates: 32,
            // The reference makes one; DSS and others add one for each further signer.
            signatures: 16,
            // Honest documents declare fewer than ten, and a list names some of them; every one is looked up.
            prefixes: 64,
            // The deepest honest structure, XAdES with qualifying properties, is below 20.
            nesting: 32,
            // The reference always seals to exactly one; other CMS tools may add a few.
            recipients: 64,
            // Java and OpenSSL write 2 048 to 600 000 (OWASP); more only burns the reader's time.
            iterations: 10_000_000,
        }
    }
}
