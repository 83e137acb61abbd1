//! A certificate for this machine: root, intermediate and leaf, all RSA-2048, as AWS's endpoints have them.

use crate::keys;
use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::NoServerSessionStorage;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the backend shows and what the functions trust.
pub(crate) struct Tls {
    pub(crate) server: Arc<ServerConfig>,
    /// The root, in a PEM file.
    pub(crate) root: PathBuf,
}

/// Makes the certificates and writes the root into `folder`.
pub(crate) fn make(folder: &Path) -> Result<Tls> {
    let key = |name| -> Result<KeyPair> { Ok(KeyPair::from_pem(&keys::text(name)?)?) };
    let (upper, lower) = ("provider-private.pem", "merchant-private.pem");
    let root_params = authority("bench root");
    let root = root_params.self_signed(&key(upper)?)?;
    let above = Issuer::new(root_params, key(upper)?);
    let between_params = authority("bench intermediate");
    let between = between_params.signed_by(&key(lower)?, &above)?;
    let issuer = Issuer::new(between_params, key(lower)?);
    let mut leaf = CertificateParams::new(vec!["localhost".into()])?;
    leaf.distinguished_name
        .push(DnType::CommonName, "localhost");
    let leaf_key = key(upper)?;
    let leaf = leaf.signed_by(&leaf_key, &issuer)?;

    let path = folder.join("root.pem");
    std::fs::create_dir_all(folder)?;
    std::fs::write(&path, root.pem())?;
    let chain = [leaf.der(), between.der()].map(|der| CertificateDer::from(der.to_vec()));
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain.to_vec(), private)?;
    // Here all services are one host, in AWS each has its own: no connection may go on where that to another service began.
    server.send_tls13_tickets = 0;
    server.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Tls {
        server: Arc::new(server),
        root: path,
    })
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}
