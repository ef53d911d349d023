//! The one list of rules: name, number, code, the clause that decides, and what is wrong when it is broken.

use serde::{Deserialize, Serialize};

use crate::finding::Code;

rules! {
    SealEncoding = "C01", CmsMalformed, "ITU-T X.690; RFC 5652, 6.1", "the sealed package is not what its structure demands";
    SealCut = "C02", CmsTruncated, "RFC 5652, 6.1", "the package ends before its outermost structure does";
    SealTrailing = "C03", CmsTrailingData, "RFC 5652, 3", "bytes follow the end of the package";
    SealKind = "C04", CmsUnsupported, "RFC 5652, 6.1; RFC 5083, 2.1", "the package is CMS, but not EnvelopedData or AuthEnvelopedData";
    SealCipher = "C05", CmsUnsupported, "RFC 3565; RFC 5084", "the content is encrypted in a way that is not on the list of suites";
    SealAuthenticity = "C06", CmsUnsupported, "RFC 5083, 2.1", "AuthEnvelopedData with a cipher that authenticates nothing";
    SealTransport = "C07", CmsUnsupported, "RFC 8017, 7; RFC 4055, 4", "the content key travels in a way that is not on the list of suites";
    SealRecipients = "C08", LimitExceeded, "Limits::recipients", "the package has too many recipients";
    SealHeadSize = "C09", LimitExceeded, "Limits::head_bytes", "what stands around the content is larger than is allowed";
    SealNesting = "C10", LimitExceeded, "Limits::nesting", "segments of the content are nested too deep";
    SealSize = "C11", LimitExceeded, "Limits::package_bytes", "the package is larger than is allowed";
    SealRecipient = "C12", CmsNoRecipient, "RFC 5652, 6.2.1", "the package is sealed to other certificates";
    SealOpening = "C13", CmsContentDecryptFailed, "RFC 5652, 6.3", "the package cannot be opened";

    ZipStart = "Z01", ZipMalformed, "APPNOTE 6.3, 4.3.6", "the container does not begin with an entry";
    ZipCut = "Z02", ZipMalformed, "APPNOTE 6.3, 4.3.6", "the container is cut off";
    ZipGap = "Z03", ZipInconsistent, "APPNOTE 6.3, 4.3.6", "bytes that belong to no entry";
    ZipHeaders = "Z04", ZipInconsistent, "APPNOTE 6.3, 4.3.7 and 4.3.12", "a local header and the directory disagree";
    ZipDescriptor = "Z05", ZipInconsistent, "APPNOTE 6.3, 4.3.9", "a data descriptor does not say what its entry holds";
    ZipEnd = "Z06", ZipInconsistent, "APPNOTE 6.3, 4.3.16", "the end record and the directory disagree";
    ZipDirectory = "Z07", ZipInconsistent, "APPNOTE 6.3, 4.3.12", "the directory does not list exactly the entries that are there";
    ZipSizes = "Z08", ZipInconsistent, "APPNOTE 6.3, 4.4.8 and 4.4.9", "an entry is longer or shorter than its header says";
    ZipData = "Z09", ZipMalformed, "RFC 1951", "an entry's compressed data is broken";
    ZipChecksum = "Z10", ZipMalformed, "APPNOTE 6.3, 4.4.7", "an entry's checksum does not hold";
    ZipMethod = "Z11", ZipUnsupported, "APPNOTE 6.3, 4.4.5", "a compression method other than stored and deflate";
    ZipEncrypted = "Z12", ZipUnsupported, "APPNOTE 6.3, 4.4.4", "an encrypted entry";
    ZipDisks = "Z13", ZipUnsupported, "APPNOTE 6.3, 4.4.19", "an archive over several disks";
    ZipStoredStream = "Z14", ZipUnsupported, "APPNOTE 6.3, 4.3.9", "a stored entry with a data descriptor, whose end nothing tells";
    ZipSecondName = "Z15", ZipInconsistent, "APPNOTE 6.3, 4.6.9", "an entry with another name in an extra field";
    ZipName = "Z16", EntryNameUnsafe, "OWASP ASVS 5.0, 5.3.2", "a name that is not safe";
    ZipNameRepeated = "Z17", EntryDuplicate, "ETSI EN 319 162-1, A.1", "two entries with the same name";
    ZipNameAlike = "Z18", EntryDuplicate, "UAX #15; UTS #39", "two names that many file systems take for the same";
    ZipEntries = "Z19", LimitExceeded, "Limits::entries", "too many entries";
    ZipRatio = "Z20", LimitExceeded, "Limits::ratio", "the files inflate too much";
    ZipSize = "Z21", LimitExceeded, "Limits::package_bytes, Limits::document_bytes", "the container is larger than is allowed";
    Zip64 = "Z22", ZipInconsistent, "APPNOTE 6.3, 4.3.14 and 4.5.3", "the zip64 records say something else than the others";
    ZipExtra = "Z23", ZipMalformed, "APPNOTE 6.3, 4.5.1", "an extra field reaches over its end";
    ZipKind = "Z24", ZipUnsupported, "APPNOTE 6.3, 4.4.15", "an entry that is a link or a device, neither file nor folder";

    Mimetype = "A01", MimetypeInvalid, "ETSI EN 319 162-1, A.1", "the first entry is not a stored mimetype of an ASiC-E container";
    MetadataKnown = "A02", MetadataUnknown, "ETSI EN 319 162-1, 4.4.2", "an unknown file in META-INF";
    ManifestPresent = "A03", ManifestMissing, "ETSI EN 319 162-1, 4.4.3.2 and 4.4.4.2", "no ASiCManifest.xml and no signatures.xml";
    SignaturePresent = "A04", SignatureMissing, "ETSI EN 319 162-1, 4.4.3.2 and 4.4.4.2", "no signature";
    ManifestSignature = "A05", SignatureMissing, "ETSI EN 319 162-1, 4.4.4.2", "the manifest's signature is absent";
    ManifestXml = "A06", ManifestMalformed, "W3C XML 1.0, 2.1", "not well-formed XML within the budgets, or with a document type declaration";
    ManifestStructure = "A07", ManifestMalformed, "ETSI EN 319 162-1, A.4", "the manifest lacks what it must have";
    ManifestEmpty = "A08", ManifestMalformed, "ETSI EN 319 162-1, A.4", "the manifest covers nothing";
    FilePresent = "A09", EntryMissing, "ETSI EN 319 162-1, A.4", "a signed file is not in the container";
    ReferenceOnce = "A10", ManifestDuplicateReference, "ETSI EN 319 162-1, A.4", "the manifest lists a file more than once";
    FileDigest = "A11", DigestMismatch, "ETSI EN 319 162-1, A.4", "a file differs from its digest in the manifest";
    FileCovered = "A12", EntryUnlisted, "konvolutt_shared, container::verify", "a file is covered by no signature, or by none of the sender's";
    DocumentPresent = "A13", EntryMissing, "ETSI EN 319 162-1, 4.4.2", "the container has no document";
    FileDigestAlgorithm = "A14", DigestAlgorithmUnsupported, "ETSI TS 119 312, 5", "a file's digest algorithm is not on the list";
    MetadataSize = "A15", LimitExceeded, "Limits::metadata_bytes", "a file in META-INF is too large";
    SignatureUsed = "A16", MetadataUnknown, "konvolutt_shared, container::verify", "a signature that belongs to no manifest";
    SignatureCount = "A17", LimitExceeded, "Limits::signatures", "the container has too many signatures";

    SignatureEncoding = "S01", SignatureInvalid, "RFC 5652, 5.1", "the signature cannot be read";
    SignatureKind = "S02", SignatureInvalid, "RFC 5652, 5.1", "the signature is not CMS SignedData";
    SignatureDetached = "S03", SignatureInvalid, "RFC 5652, 5.2", "the signature is not detached over data";
    SignatureSigner = "S04", SignatureInvalid, "RFC 5652, 5.1", "the signature has no signer";
    SignatureCertificate = "S05", SignatureInvalid, "RFC 5652, 10.2.3", "a certificate in the signature is unreadable";
    SignatureCertificates = "S06", LimitExceeded, "Limits::certificates", "the signature carries too many certificates";
    SignatureDigest = "S07", DigestAlgorithmUnsupported, "RFC 3370, 2; RFC 5754, 2", "the signature uses another digest than SHA-1 or SHA-2";
    SignatureAlgorithm = "S08", DigestAlgorithmUnsupported, "RFC 3370, 3; RFC 5754, 3", "the signature algorithm is not on the list, or does not fit the digest";
    SignerFound = "S09", SignatureInvalid, "RFC 5652, 5.3", "the signer's certificate is not in the signature";
    AttributeOnce = "S10", SignatureInvalid, "RFC 5652, 5.3", "a signed attribute does not occur exactly once with one value";
    AttributeContentType = "S11", SignatureInvalid, "RFC 5652, 11.1", "the signed content type is absent or another";
    AttributeDigest = "S12", SignatureInvalid, "RFC 5652, 11.2", "the signed digest is absent or not the manifest's";
    AttributeProtection = "S13", SignatureInvalid, "RFC 6211, 2", "the algorithms are not those that were signed";
    AttributeCertificate = "S14", SignatureInvalid, "RFC 5035, 3", "the signed attribute names another certificate";
    SignatureValue = "S15", SignatureInvalid, "RFC 5652, 5.6", "the signature value does not hold";
    SignatureStrength = "S16", DigestWeak, "ETSI TS 119 312, 5", "the signature uses SHA-1";

    XmlIds = "X01", SignatureInvalid, "W3C XML Signature 1.1, 4.4.3.3", "two elements have the same Id";
    XmlRoot = "X02", ManifestMalformed, "ETSI EN 319 162-1, A.5", "the root element is not XAdESSignatures";
    XmlSignature = "X03", SignatureMissing, "ETSI EN 319 162-1, A.5", "there is no Signature in the file";
    XmlStructure = "X04", SignatureInvalid, "W3C XML Signature 1.1, 4", "the signature lacks an element, or has it twice";
    XmlCanonicalization = "X05", SignatureInvalid, "W3C XML Signature 1.1, 6.5", "the canonicalisation is not on the list";
    XmlAlgorithm = "X06", SignatureInvalid, "RFC 9231, 2.3", "the signature algorithm is not on the list";
    XmlBase64 = "X07", SignatureInvalid, "W3C XML Signature 1.1, 4.1", "a value is not base64";
    XmlCertificate = "X08", SignatureInvalid, "W3C XML Signature 1.1, 4.5.4", "a certificate is absent or cannot be read";
    XmlCertificates = "X09", LimitExceeded, "Limits::certificates", "the signature carries too many certificates";
    XmlProperties = "X10", SignatureInvalid, "ETSI EN 319 132-1, 4.4", "there is not exactly one QualifyingProperties that belongs to the signature";
    XmlSigner = "X11", SignatureInvalid, "ETSI EN 319 132-1, 5.2.2", "SigningCertificate names none of the certificates in KeyInfo";
    XmlDigest = "X12", DigestAlgorithmUnsupported, "RFC 9231, 2.1", "a digest algorithm is not on the list";
    XmlPropertiesCovered = "X13", SignatureInvalid, "ETSI EN 319 132-1, 4.4.2", "the signed properties are not covered by exactly one reference";
    XmlTransforms = "X14", SignatureInvalid, "ETSI EN 319 162-1, A.6", "a reference has transforms that are not allowed";
    XmlPropertiesDigest = "X15", SignatureInvalid, "W3C XML Signature 1.1, 3.2.1", "the signed properties were changed after signing";
    XmlValue = "X16", SignatureInvalid, "W3C XML Signature 1.1, 3.2.2", "the signature value does not hold over SignedInfo";
    XmlReference = "X17", SignatureInvalid, "W3C XML Signature 1.1, 4.4.3", "a reference without URI";

    SignerNotYet = "P01", SignerNotYetValid, "RFC 5280, 4.1.2.5", "the certificate is not valid yet";
    SignerPast = "P02", SignerExpired, "RFC 5280, 4.1.2.5", "the certificate has expired";
    SignerUsage = "P03", SignerKeyUsage, "RFC 5280, 4.2.1.3", "the certificate's key usage does not allow what it is used for";
    SignerNumber = "P04", SignerOrgnrInvalid, "ETSI EN 319 412-1, 5.1.4", "the certificate names no organisation number that can exist";
    SignerPath = "P05", SignerUntrusted, "RFC 5280, 6.1", "no path from the certificate to a trusted root";
    SignerStatus = "P06", SignerRevoked, "RFC 5280, 6.3; RFC 6960, 2.2", "the certificate, or one of its issuers, is revoked";
    SignerStatusKnown = "P07", RevocationNotChecked, "RFC 5280, 6.3; RFC 6960, 3.2", "no current revocation list or answer for the whole path";
    SignerSender = "P08", SignerOrgMismatch, "Altinn Broker and SBD: sender", "no signature is the sender's: its certificate names another organisation";
    SignerPolicies = "P09", SignerPolicy, "RFC 5280, 4.2.1.4", "the certificate carries none of the policies for enterprise certificates";
    SignerExtension = "P10", SignerUntrusted, "RFC 5280, 4.2", "a certificate of the path has a critical extension that is not processed";
    SignerClaimEarly = "P11", SignerNotYetValid, "RFC 5652, 11.3; ETSI EN 319 132-1, 5.2.1", "the signer says it signed before its certificate was valid";
    SignerClaimLate = "P12", SignerExpired, "RFC 5652, 11.3; ETSI EN 319 132-1, 5.2.1", "the signer says it signed after its certificate had expired";
    SignerPastSince = "P13", SignerExpiredSince, "ETSI EN 319 102-1, 5.6.2.3", "the certificate has expired since what it signed came";

    // D: the Standard Business Document.
    DocumentText = "D01", SbdMalformed, "RFC 8259; W3C XML 1.0, 2.1", "the document is not well-formed JSON or XML";
    DocumentRaw = "D02", SbdMalformed, "RFC 8259, 7", "control characters stand raw inside a string";
    DocumentShape = "D03", SbdMalformed, "UN/CEFACT SBDH 1.3, 3; eFormidling, StandardBusinessDocument", "the document is not one header and one business message";
    DocumentValue = "D04", SbdFieldMissing, "eFormidling, StandardBusinessDocument and meldingstyper", "a field that must be there is missing or empty";
    DocumentField = "D05", SbdFieldInvalid, "eFormidling, StandardBusinessDocument and meldingstyper", "a field has another kind of value than it must have";
    DocumentOddity = "D06", SbdFieldInvalid, "eFormidling, StandardBusinessDocument and meldingstyper", "a field has a value that the reference reads otherwise than it is written";
    DocumentRouting = "D07", SbdFieldMissing, "eFormidling, StandardBusinessDocument: routing", "a message on the wire lacks id, conversation, sender or receiver";
    DocumentKnown = "D08", SbdTypeUnknown, "eFormidling, meldingstyper", "the document type is not one of eFormidling's";
    DocumentAgrees = "D09", SbdTypeMismatch, "eFormidling, StandardBusinessDocument: documentIdentification", "type, standard and the business message's name do not agree";
    DocumentScope = "D10", SbdScopeUnknown, "eFormidling, StandardBusinessDocument: scope", "a scope has a type that is not on the list";
    DocumentDeadline = "D11", SbdExpired, "eFormidling, StandardBusinessDocument: expectedResponseDateTime", "the deadline has passed";
    DocumentSize = "D12", LimitExceeded, "Limits::metadata_bytes", "the document is larger than is read";

    // E: the signed envelope, and the names around a message.
    EnvelopeText = "E01", EnvelopeMalformed, "RFC 7515, 7.1", "the envelope is not a compact JWS";
    EnvelopeSuite = "E02", EnvelopeAlgorithm, "RFC 7518, 3.1", "the envelope's algorithm is not on the list";
    EnvelopeKind = "E03", EnvelopeType, "RFC 7515, 4.1.9", "typ is not that of an envelope";
    EnvelopeChain = "E04", EnvelopeCertificate, "RFC 7515, 4.1.6", "x5c does not hold the signer's certificate and its issuers";
    EnvelopeSigned = "E05", EnvelopeSignature, "RFC 7515, 5.2", "the envelope's signature does not hold";
    EnvelopePayload = "E06", EnvelopeMalformed, "RFC 7519, 4", "the envelope's claims cannot be read";
    EnvelopeSpace = "E07", EnvelopeNamespace, "RFC 8725, 3.11", "the namespace is not that of an envelope";
    EnvelopeRelay = "E08", EnvelopeAudience, "RFC 7519, 4.1.3", "the audience is another relay";
    EnvelopeIssued = "E09", EnvelopeFuture, "RFC 7519, 4.1.6", "the envelope was signed in the future";
    EnvelopeInTime = "E10", EnvelopeTime, "RFC 7519, 4.1.4", "the envelope has expired";
    EnvelopeSpan = "E11", EnvelopeLifetime, "konvolutt_shared, EnvelopeClaims::exp", "the envelope is valid for more than a day, or ends before it begins";
    EnvelopeClaim = "E12", EnvelopePackage, "FIPS 180-4", "the claim about the package is not a size and a SHA-256";
    EnvelopeParts = "E13", EnvelopePackage, "FIPS 180-4", "the claims about the parts are not names, sizes that sum up and SHA-256";
    EnvelopeWay = "E14", EnvelopeRoute, "eFormidling, StandardBusinessDocument: process and standard", "the route is not that of the document";
    EnvelopeChannel = "E15", EnvelopeRoute, "Digdir, Digital postkasse: melding", "the form of the document is not the channel's";
    EnvelopeToken = "E16", SbdFieldInvalid, "RFC 6750, 5.3", "an envelope holds an access token";
    EnvelopeConversation = "E17", SbdFieldInvalid, "Digdir, Digital postkasse: melding", "the conversation of a letter to a mailbox is not the letter's own id";
    EnvelopePart = "E18", SbdFieldInvalid, "Altinn Broker: on behalf of", "a sender with a part goes by another channel than DPO";
    EnvelopeActs = "E19", EnvelopeSender, "eFormidling, on behalf of", "the certificate's organisation may not send for the sender";
    EnvelopeUploaded = "E20", EnvelopePackage, "FIPS 180-4", "the package is not the signed one";
    EnvelopeUploadedPart = "E21", EnvelopePackage, "FIPS 180-4", "a part of the package is not the signed one";
    EnvelopeShipment = "E22", ShipmentInvalid, "KS SvarUt REST v3: OrganisasjonForsendelse", "the metadata of a shipment are missing, or stand where there is none";
    EnvelopeShipmentSame = "E23", ShipmentInvalid, "KS SvarUt REST v3: OrganisasjonForsendelse", "the shipment says something else than the document";
    NamesAgree = "E24", SenderMismatch, "Altinn Broker and SBD: sender", "broker, document and signature do not name the same sender";
    CarriersAgree = "E25", SenderMismatch, "Altinn Broker and SBD: sender", "broker and document do not name the same sender";
    EnvelopeResource = "E26", EnvelopeRoute, "Altinn Correspondence: resourceId", "the route names a resource that is none, or by another channel than Altinn's inbox";

    // R: receipts.
    ReceiptMessage = "R01", ReceiptForeign, "eFormidling, status and arkivmelding_kvittering", "the receipt names another message";
    ReceiptConversation = "R02", ReceiptForeign, "eFormidling, scope ConversationId", "the receipt is of another conversation";
    ReceiptAddressee = "R03", ReceiptForeign, "eFormidling, status and arkivmelding_kvittering", "the receipt is addressed to another organisation than the sender";
    ReceiptSender = "R04", ReceiptForeign, "eFormidling, status and arkivmelding_kvittering", "the receipt comes from another organisation than the recipient";
    ReceiptEarly = "R05", ReceiptForeign, "eFormidling, status and arkivmelding_kvittering", "the receipt is of a letter that has not left: it waits for approval, or was returned";

    // J: the archive message, arkivmelding.xml.
    ArchiveText = "J01", ArchiveMalformed, "W3C XML 1.0, 2.1", "arkivmelding.xml is not well-formed XML within the budgets, or has a document type declaration";
    ArchiveRoot = "J02", ArchiveMalformed, "arkivmelding.xsd", "the root is not an arkivmelding";
    ArchiveOddity = "J03", ArchiveMissing, "Noark 5, arkivmelding.xsd", "the archive message lacks something, or says it twice";
    ArchiveFile = "J04", ArchiveFileMissing, "arkivmelding.xsd: referanseDokumentfil", "a file that the archive message names is not in the package";
    ArchiveValue = "J05", ArchiveMissing, "arkivmelding.xsd", "a field that a sender must fill in is empty";
    ArchiveWord = "J06", ArchiveMissing, "metadatakatalog.xsd", "a word is not on its list";
    ArchiveMain = "J07", ArchiveMissing, "metadatakatalog.xsd: tilknyttetRegistreringSom", "there is not exactly one main document";

    // M: mail to people, by the network of digital mailboxes.
    MailForm = "M01", SbdMalformed, "Digdir, Digital postkasse: standardBusinessDocument", "the document has not the form of the network";
    MailKey = "M02", SignerKeyUsage, "RFC 7518, 3.3", "the network takes RSA signatures only";
    MailText = "M03", SbdMalformed, "RFC 7515, 7.1", "the message is not a compact JWS that the network takes";
    MailSignature = "M04", SignatureInvalid, "RFC 7515, 5.2", "the message's signature does not hold";
    MailSigner = "M05", SignerOrgMismatch, "Digdir, Digital postkasse: avsender", "the signer is another organisation than the sender";
    MailPackage = "M06", DigestMismatch, "Digdir, Digital postkasse: dokumentpakkefingeravtrykk", "the package is not the one that the message tells of";
    MailToken = "M07", SbdFieldInvalid, "Digdir, Digital postkasse: maskinportentoken", "the message holds another access token than the request bore";
    MailKept = "M08", SbdFieldInvalid, "RFC 6750, 5.3", "the document that is kept holds an access token";
    MailTokenPresent = "M09", SbdFieldInvalid, "Digdir, Digital postkasse: maskinportentoken", "the message holds no access token";
    MailSame = "M10", SbdFieldInvalid, "Digdir, Digital postkasse: standardBusinessDocument", "the message says something else than the document that is kept";
    MailManifest = "M11", ManifestMalformed, "sdp-manifest.xsd", "the mailbox's manifest would not be valid";
    ExtensionKnown = "M12", MetadataUnknown, "Digdir, Digital postkasse: utvidelser", "the file is no extension that mailboxes know";
    ExtensionForm = "M13", ManifestMalformed, "Digdir, Digital postkasse: utvidelser", "the extension is not what its media type says";
    MailWay = "M14", ServiceOff, "Digdir, Digital postkasse: melding", "the letter does not go by the network";

    // I: letters to Altinn's inbox.
    InboxText = "I01", SbdMalformed, "eFormidling, digital_dpv", "the business message cannot be read";
    InboxOptions = "I02", SbdFieldInvalid, "eFormidling, arkivmelding: dpv", "the options for Altinn's inbox cannot be read";
    InboxTitle = "I03", TitleMissing, "Altinn Correspondence: messageTitle", "there is no title";
    InboxTitleLength = "I04", TitleLong, "Altinn Correspondence: messageTitle", "the title is longer than 255 characters";
    InboxLength = "I05", SbdFieldInvalid, "Altinn Correspondence: messageSummary and messageBody", "summary or text is longer than Altinn takes";
    InboxNotice = "I06", SbdFieldInvalid, "Altinn Correspondence: notification", "a notification is longer than 2144 characters";
    InboxDue = "I07", SbdFieldInvalid, "Altinn Correspondence: dueDateTime", "the answer is due in more than ten years";
    InboxLinks = "I08", SbdFieldInvalid, "Altinn Correspondence: replyOptions", "there are more than ten links to answer at, or one that Altinn does not take";
    InboxFrom = "I09", SbdFieldInvalid, "Altinn Correspondence: requestedPublishTime", "the day from which it can be read is not a date";

    // F: shipments of KS SvarUt and SvarInn.
    ShipmentField = "F01", ShipmentInvalid, "KS SvarUt REST v3: OrganisasjonForsendelse", "a field is empty, too long or has control characters";
    ShipmentNumber = "F02", ShipmentInvalid, "KS SvarUt REST v3: Mottaker.digitalId", "the organisation number is not a real one";
    ShipmentAddress = "F03", ShipmentInvalid, "KS SvarUt REST v3: Adresse", "the address has another form than SvarUt takes";
    ShipmentWord = "F04", ShipmentInvalid, "KS SvarUt REST v3: NoarkMetadataFraAvleverendeSakssystem", "a year or a letter is not one of those that there are";
    ShipmentExtra = "F05", ShipmentInvalid, "KS SvarUt REST v3: ekstraMetadata", "the organisation's own fields are too many, or one stands twice";
    ShipmentPaper = "F06", ShipmentInvalid, "KS SvarUt REST v3: OrganisasjonForsendelse.kunDigitalLevering", "without an address it cannot be printed if nobody fetches it";
    ShipmentPrinted = "F07", ShipmentInvalid, "KS SvarUt REST v3: OrganisasjonForsendelse.dokumenter", "a document that is not PDF is not printed";
    ShipmentName = "F08", DocumentNameInvalid, "KS SvarUt REST v3: OrganisasjonForsendelse.dokumenter", "SvarUt does not take the file name";
    ShipmentNameLength = "F09", DocumentNameLong, "KS SvarUt REST v3: OrganisasjonForsendelse.dokumenter", "the file name has more than 226 characters";
    ShipmentNameOnce = "F10", DocumentSameName, "KS SvarUt REST v3: OrganisasjonForsendelse.dokumenter", "two documents of a shipment have the same name";
    ShipmentDocument = "F11", DocumentMissing, "KS SvarUt REST v3: OrganisasjonForsendelse.dokumenter", "the shipment has no document";
    ShipmentDocuments = "F12", DocumentsTooMany, "KS SvarUt REST v3: OrganisasjonForsendelse.dokumenter", "the shipment has too many documents";
    ShipmentSize = "F13", DocumentsTooLarge, "KS SvarUt REST v3: OrganisasjonForsendelse.dokumenter", "a shipment that may be printed is larger than 350 MB";
    ShipmentPlace = "F14", ShipmentInvalid, "Posten, adressering", "the address that paper shall go to is not complete";
    ShipmentLevel = "F15", ShipmentInvalid, "KS SvarUt REST v3: OrganisasjonForsendelse.sikkerhetsniva", "the recipient's system has another security level";
    ShipmentFile = "F16", EntryMissing, "KS SvarInn v1: filmetadata", "a document that the shipment's list names is not in it";
    ShipmentFileSame = "F17", DocumentDamaged, "KS SvarInn v1: filmetadata", "a document is not the one that the shipment's list tells of";

    // L: letters, as they are written.
    LetterSender = "L01", SenderMissing, "eFormidling, StandardBusinessDocument: sender", "nobody is chosen to send for";
    LetterRecipient = "L02", RecipientMissing, "eFormidling, StandardBusinessDocument: receiver", "nobody is chosen to send to";
    LetterTitle = "L03", TitleMissing, "Noark 5, M020", "the letter has no title";
    LetterTitleLength = "L04", TitleLong, "Noark 5, M020", "a title is longer than 255 characters";
    LetterTitleCut = "L05", TitleLong, "Noark 5, M020", "some recipients cut titles of more than 80 characters";
    LetterProcess = "L06", RecipientNoProcess, "eFormidling, service registry: process", "the recipient does not take this process";
    LetterDocument = "L07", DocumentMissing, "eFormidling, arkivmelding: hoveddokument", "the letter has no document";
    LetterMain = "L08", DocumentNoMain, "eFormidling, arkivmelding: hoveddokument", "no document is the main one";
    LetterMains = "L09", DocumentManyMain, "eFormidling, arkivmelding: hoveddokument", "several documents are the main one";
    LetterDocuments = "L10", DocumentsTooMany, "Limits::entries", "the letter has more documents than the way takes";
    LetterFile = "L11", DocumentEmpty, "eFormidling, arkivmelding: files", "a file is empty";
    LetterContent = "L12", DocumentWrongContent, "OWASP ASVS 5.0, 5.2.2", "a file's content is not what its extension says";
    LetterLocked = "L13", DocumentLocked, "ISO 32000-1, 7.6", "a PDF is encrypted";
    LetterDocumentTitle = "L14", DocumentTitleMissing, "Noark 5, M020", "a document has no title";
    LetterName = "L15", DocumentNameInvalid, "OWASP ASVS 5.0, 5.3.2", "a file name cannot be used";
    LetterNameLength = "L16", DocumentNameLong, "POSIX, NAME_MAX", "a file name is longer than 255 bytes";
    LetterNames = "L17", DocumentSameName, "UAX #15; UTS #39", "two documents have the same name";
    LetterSize = "L18", DocumentsTooLarge, "eFormidling, size limits", "the documents are larger together than the way takes";
    LetterCase = "L19", ArchiveCaseMissing, "Noark 5, saksmappe", "there is neither case number nor case title";
    LetterArchive = "L20", ArchiveMissing, "metadatakatalog.xsd", "an archive field has a value that there is not";
    LetterDeadline = "L21", SbdFieldInvalid, "eFormidling, StandardBusinessDocument: expectedResponseDateTime", "the deadline is not within thirty days";
    AgreedName = "L22", SbdFieldMissing, "eFormidling, avtalt", "the agreement has no name";
    AgreedProcess = "L23", SbdTypeMismatch, "eFormidling, avtalt", "an agreed message goes by another process than its own";
    AgreedChannel = "L24", ServiceOff, "eFormidling, avtalt", "an agreed message goes by another channel than DPO";
    AgreedContent = "L25", SbdFieldInvalid, "eFormidling, avtalt", "the agreement's name is too long, or its content no JSON object";
    PersonWayOffered = "L26", RecipientNoDocumentType, "eFormidling, service registry: routing", "the person is not reached this way";
    PersonFile = "L27", DocumentKind, "Digdir, Digital postkasse: dokumentformater", "the way does not take this kind of file";
    PersonValue = "L28", FieldMissing, "Digdir, Digital postkasse: melding", "a field that must be filled in is empty";
    PersonField = "L29", FieldInvalid, "Digdir, Digital postkasse: melding", "a field has a value that the network does not take";
    PersonText = "L30", TextLong, "Digdir, Digital postkasse: melding", "a text is too long";
    PersonNoticeLength = "L31", NoticeLong, "Digdir, Digital postkasse: varsler", "a notification is too long";
    PersonNotice = "L32", NoticeInvalid, "Digdir, Digital postkasse: varsler", "a notification holds a link or an identity number, or there is nowhere to send it";
    PersonAddress = "L33", AddressMissing, "Digdir, Digital postkasse: adresse", "the postal address is not complete";

    // N: numbers and identifiers.
    OrganisationReal = "N01", OrgnrInvalid, "Brønnøysundregistrene, organisasjonsnummer", "the organisation number does not exist";
    PersonReal = "N02", PersonIdInvalid, "Folkeregisteret, fødselsnummer", "the identity number does not exist";
    IdentifierForm = "N03", SbdFieldInvalid, "ISO/IEC 6523-1; RFC 9562, 4", "the identifier has not the form of its kind";

    // B: who can be reached, and by which way.
    RegistrySigned = "B01", RegistryUnsigned, "RFC 7515, 5.2", "the answer is not signed by the registry";
    RecipientProcess = "B02", RecipientNoProcess, "eFormidling, service registry: process", "the recipient is not registered for the process";
    RecipientType = "B03", RecipientNoDocumentType, "eFormidling, service registry: documentTypes", "the recipient does not take the document type";
    ChannelOn = "B04", ServiceOff, "eFormidling, service registry: service", "the recipient is reached by a way that is not set up";
    ChannelSpoken = "B05", ServiceUnsupported, "eFormidling, service registry: service", "the recipient is reached by a channel that is not spoken";
    RecipientSeal = "B06", RecipientCertificate, "RFC 5280, 4.1", "there is no certificate of the recipient's that can be read";
    RecipientOwner = "B07", RecipientCertificate, "ETSI EN 319 412-1, 5.1.4", "the certificate belongs to another organisation than the one that receives";
    RecipientHolds = "B08", RecipientCertificate, "RFC 5280, 6.1", "the recipient's certificate does not hold";
    RecipientKey = "B09", RecipientCertificate, "ETSI TS 119 312, 6.2", "the recipient's certificate has no RSA key of at least 2048 bits";

    // K: key files, certificates and revocation lists.
    KeyFileForm = "K01", KeyFile, "RFC 7292, 4", "not a PKCS#12 file, or a damaged one";
    KeyFilePassword = "K02", KeyPassword, "RFC 7292, 5.2", "the password does not open the key file";
    KeyFileSuite = "K03", KeyFile, "RFC 8018, 6", "the key file is encrypted in a way that is not supported";
    KeyFileKey = "K04", KeyFile, "RFC 7292, 4.2", "the key file holds no private key";
    KeyFileCertificate = "K05", KeyFile, "RFC 7292, 4.2.3", "there is no certificate for the key";
    KeyFileCertificates = "K06", LimitExceeded, "Limits::certificates", "the key file holds too many certificates";
    KeyFits = "K07", KeyMismatch, "RFC 5280, 4.1.2.7", "no certificate belongs to the private key";
    KeyFileOld = "K08", KeyLegacy, "RFC 7292, C", "the key file's encryption is old";
    KeyText = "K09", KeyFile, "RFC 7468, 10; RFC 8017, A.1.2", "the private key is not an open RSA key in PEM";
    KeyKind = "K10", KeyFile, "RFC 8017, 3.2", "the private key is not one for RSA";
    CertificateForm = "K11", KeyFile, "RFC 5280, 4.1", "not an X.509 certificate";
    CertificateText = "K12", KeyFile, "RFC 7468, 5", "the text holds no certificate in PEM";
    RevocationListForm = "K13", KeyFile, "RFC 5280, 5.1", "not a revocation list";
    StatusForm = "K14", KeyFile, "RFC 6960, 4.2.1", "not an OCSP answer";
    StatusGiven = "K15", KeyFile, "RFC 6960, 4.2.1", "the OCSP responder gave no answer";
    StatusCertificates = "K16", LimitExceeded, "Limits::certificates", "the OCSP answer brings too many certificates";
    JwkForm = "K17", KeyFile, "RFC 7517, 4", "not a public key in JWK";
    KeyExposed = "K18", KeyFile, "NIST SP 800-57 part 1, 5.3.5", "a private key in the clear";
    KeyInTime = "K19", KeyExpired, "RFC 5280, 4.1.2.5", "the key's certificate has expired";
    KeyBegun = "K20", KeyNotYetValid, "RFC 5280, 4.1.2.5", "the key's certificate is not valid yet";
    KeyOwner = "K21", KeyOrganisation, "ETSI EN 319 412-1, 5.1.4", "the key's certificate belongs to another organisation";
    KeyIssuer = "K22", KeyUntrusted, "RFC 5280, 6.1", "the key's certificate does not come from a trusted issuer";
    KeyTransportHere = "K23", KeyTransport, "W3C Web Cryptography API, 22", "the browser's own cryptography cannot unwrap the content key";

    // T: structures that are looked at without being anything in particular.
    StructureForm = "T01", CmsMalformed, "ITU-T X.690", "the structure is not ASN.1 that can be read";
    StructureSigned = "T02", SignatureInvalid, "RFC 7515, 5.2", "the signature does not hold under the certificate in x5c";
    StructureCertificate = "T03", SignatureMissing, "RFC 5652, 5.1", "the structure holds no certificate";

    // W: what is written here.
    WriteName = "W01", EntryNameUnsafe, "ETSI EN 319 162-1, A.6; RFC 3986, 2.3", "a name that no container may have";
    WriteNameOnce = "W02", EntryDuplicate, "APPNOTE 6.3, 4.3.1", "two entries with the same name";
    WriteSigner = "W03", KeyMissing, "RFC 5652, 5.1; RFC 7515, 4.1.6", "there is no certificate to sign with";
    WriteSignature = "W04", SignatureMissing, "ETSI EN 319 132-1, 5.2.2", "there is no certificate to sign with in XML";
    WriteDocument = "W05", DocumentMissing, "ETSI EN 319 162-1, 4.4.2", "the container has no document, or one is still open";
    WriteFits = "W06", KeyMismatch, "RFC 5652, 5.6", "the signature was not made by the certificate's key";
    WriteType = "W07", SbdTypeUnknown, "eFormidling, meldingstyper", "the form has no document of this type";
    WriteOrder = "W08", Internal, "konvolutt_shared, the ladder", "the core was called out of turn, or given what no caller of ours gives";

    // Y: what a relay holds against its own books.
    TransferDocument = "Y01", SbdMalformed, "Altinn Broker: file transfer", "the transfer holds no document that can be read";
    TransferAddressee = "Y02", SbdFieldInvalid, "eFormidling, StandardBusinessDocument: receiver", "the document is addressed to another organisation";
    TransferPackage = "Y03", PackageMissing, "Altinn Broker: file transfer", "the transfer holds no package";
    TransferSize = "Y04", LimitExceeded, "Limits::package_bytes", "the transfer is larger than is read";
    ReceiptUnasked = "Y05", ReceiptForeign, "eFormidling, status and arkivmelding_kvittering", "a receipt for a message that was not sent from here";
    ReceiptWay = "Y06", ReceiptForeign, "eFormidling, status and arkivmelding_kvittering", "the receipt came by another channel than the message went";
    ReceiptSilent = "Y07", SignatureMissing, "eFormidling, status and arkivmelding_kvittering", "the receipt is not one of this channel, and proves nothing";
    EnvelopeOnce = "Y08", EnvelopeConflict, "RFC 9110, 15.5.10", "the message id was used before, for other content";
    RecipientInWorld = "Y09", RecipientWorld, "Digdir, syntetiske testdata", "the recipient belongs to another world than this relay: real or made up";
    MailboxToken = "Y10", MailboxTokenExpired, "RFC 6750, 3.1", "the access token that the letter holds has expired";
    PagePassive = "Y11", DocumentActive, "Digdir, Digital postkasse: dokumentformater", "the page does more than show text";
    CarrierAccess = "Y12", CarrierDenied, "RFC 9110, 15.5.2 and 15.5.4", "the carrier refuses this service's own access";

    // Q: what a program, the browser or a service outside could not or would not do. No artefact is judged.
    RequestInvalid = "Q01", RequestInvalid, "RFC 9110, 15.5.1", "the request cannot be understood";
    SignedOut = "Q02", SignedOut, "RFC 9110, 15.5.2", "nobody is signed in";
    AccessDenied = "Q03", AccessDenied, "RFC 9110, 15.5.4", "whoever asks may not do this";
    OriginDenied = "Q04", OriginDenied, "RFC 6454, 7", "the page is not on the list of allowed addresses";
    SignInFailed = "Q05", SignInFailed, "OpenID Connect Core 1.0, 3.1.2.6", "signing in did not succeed";
    MessageUnknown = "Q06", MessageUnknown, "RFC 9110, 15.5.5", "there is no such message";
    KeyUnknown = "Q07", KeyUnknown, "RFC 9110, 15.5.5", "there is no such key";
    RequestRunning = "Q08", RequestRunning, "IETF draft Idempotency-Key, 2.6", "the first request with this key is still under way";
    RequestOther = "Q09", RequestOther, "IETF draft Idempotency-Key, 2.6", "the key was used for another request";
    UploadUnknown = "Q10", UploadUnknown, "tus 1.0.0, Head", "there is no such upload";
    UploadOffset = "Q11", UploadOffset, "tus 1.0.0, Patch", "the offset is not where the upload stands";
    UploadIncomplete = "Q12", UploadIncomplete, "tus 1.0.0, Upload-Length", "the upload is not complete";
    UploadVersion = "Q13", UploadVersion, "tus 1.0.0, Tus-Resumable", "another version of tus";
    UploadType = "Q14", UploadType, "tus 1.0.0, Patch", "the bytes are of another media type";
    UploadQuota = "Q15", UploadQuota, "RFC 6585, 4", "too much is being uploaded at once";
    ApprovalOwn = "Q16", ApprovalOwn, "four eyes", "whoever sent the letter may not approve it";
    ApprovalDecided = "Q17", ApprovalDecided, "RFC 9110, 15.5.10", "somebody has decided otherwise already";
    ApprovalImpossible = "Q18", ApprovalImpossible, "RFC 6750, 3.1", "the letter cannot wait for approval";
    WebhookAddress = "Q19", WebhookAddress, "OWASP ASVS 5.0, 1.3.6", "the address is not one that is reached from the open Internet";
    WebhookUnknown = "Q20", WebhookUnknown, "RFC 9110, 15.5.5", "there is no such webhook";
    WebhooksMany = "Q21", WebhooksMany, "RFC 9110, 15.5.21", "the organisation has as many webhooks as it may have";
    RateLimited = "Q22", RateLimited, "RFC 6585, 4", "that was once too often";
    HostUnknown = "Q23", HostUnknown, "RFC 9110, 15.5.20", "the host is not one of this service";
    DiskFull = "Q24", DiskFull, "RFC 4918, 11.5", "the disk is full";
    StoreDown = "Q25", StoreDown, "RFC 9110, 15.6.4", "nothing can be stored now";
    ServiceDown = "Q26", ServiceDown, "RFC 9110, 15.6.4", "a service does not answer";
    ServiceBusy = "Q27", ServiceBusy, "RFC 6585, 4", "a service asks to be asked less often";
    ServiceRefused = "Q28", ServiceRefused, "RFC 9110, 15.6.3", "a service refused";
    RecipientUnknown = "Q29", RecipientUnknown, "RFC 9110, 15.5.5", "the registry does not know the recipient";
    RecipientReserved = "Q30", RecipientReserved, "Altinn Correspondence, error 1030", "the recipient wants no digital post from public bodies";
    SendingUncertain = "Q31", SendingUncertain, "RFC 9110, 15.6.5", "it is not known whether it arrived";
    SendingCancelled = "Q32", SendingCancelled, "RFC 9110, 9.2.2", "the sending was cancelled";
    DeadlinePassed = "Q33", DeadlinePassed, "eFormidling, StandardBusinessDocument: expectedResponseDateTime", "the deadline passed while the message waited";
    Broken = "Q34", Internal, "RFC 9110, 15.6.1", "something failed here that should not";
    FileReadable = "Q35", DocumentDamaged, "W3C File API, 8", "a file cannot be read, or there is no room for it";
    BodySize = "Q36", LimitExceeded, "RFC 9110, 15.5.14", "the body is larger than is allowed";
    RecipientNoRole = "Q37", RecipientNoRole, "Altinn Correspondence, error 1044", "nobody at the recipient has the role that opens the message";
}
