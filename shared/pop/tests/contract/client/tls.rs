//! A gateway with a certificate that no public authority signed.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

const CERTIFICATE: &[u8] = include_bytes!("../../keys/other_certificate.pem");
const KEY: &[u8] = include_bytes!("../../keys/other_pkcs8.pem");

fn config() -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

/// Serves one connection, and gives what the client sent after the handshake once it has come.
pub(super) fn start() -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let (give, given) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut connection = ServerConnection::new(Arc::new(config())).unwrap();
        let mut sent = vec![0; 64];
        // An error is what is hoped for: the client ends the handshake.
        let read = Stream::new(&mut connection, &mut socket).read(&mut sent);
        sent.truncate(read.unwrap_or(0));
        give.send(sent)
    });
    (url, given)
}
