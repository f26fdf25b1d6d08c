//! TLS as a client that takes every certificate and notes everything.
use super::wire::Wire;
use gatewhy_facts::protocol::tape::{How, TlsRecord};
use gatewhy_facts::question::TlsOffer;
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme,
};
use std::io::Read;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// How much is kept of what came in place of a handshake.
const KEEP_RAW: usize = 1024;
/// A chain longer than this is cut (hostile peers send thousands).
const MOST_CERTIFICATES: usize = 16;
/// The most bytes of certificates that are kept.
const MOST_CERTIFICATE_BYTES: usize = 64 << 10;

/// A TLS session on a wire.
pub(super) struct TlsChannel<'a> {
    wire: &'a Wire,
    session: ClientConnection,
    witness: Arc<Witness>,
    alert: Option<u8>,
    error: Option<String>,
    raw: Vec<u8>,
    shaken: bool,
}

/// Sees the peer's certificates and its wish for ours.
#[derive(Debug)]
struct Witness {
    certificates: Mutex<Vec<Vec<u8>>>,
    wants_certificate: AtomicBool,
    schemes: Vec<SignatureScheme>,
}

impl<'a> TlsChannel<'a> {
    /// A session that has not begun its handshake.
    pub(super) fn new(wire: &'a Wire, offer: &TlsOffer) -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let witness = Arc::new(Witness {
            certificates: Mutex::new(Vec::new()),
            wants_certificate: AtomicBool::new(false),
            schemes: provider
                .signature_verification_algorithms
                .supported_schemes(),
        });
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(witness.clone())
            .with_client_cert_resolver(witness.clone());
        config.enable_sni = offer.server_name.is_some();
        let name = match &offer.server_name {
            None => ServerName::from(Ipv4Addr::LOCALHOST),
            Some(name) => ServerName::try_from(name.clone()).map_err(|e| e.to_string())?,
        };
        let session = ClientConnection::new(Arc::new(config), name).map_err(|e| e.to_string())?;
        Ok(Self {
            wire,
            session,
            witness,
            alert: None,
            error: None,
            raw: Vec::new(),
            shaken: false,
        })
    }

    pub(super) const fn deadline(&self) -> Instant {
        self.wire.deadline()
    }

    /// The whole handshake.
    pub(super) fn shake(&mut self) -> Result<(), How> {
        while self.session.is_handshaking() {
            self.flush()?;
            if self.session.is_handshaking() {
                self.take_in(self.wire.deadline())?;
            }
        }
        self.flush()?;
        self.shaken = true;
        Ok(())
    }

    pub(super) fn send(&mut self, mut bytes: &[u8]) -> Result<(), How> {
        while !bytes.is_empty() {
            let taken = std::io::Write::write(&mut self.session.writer(), bytes);
            let taken = taken.map_err(|e| self.failed(&e.to_string()))?;
            bytes = bytes.get(taken..).unwrap_or_default();
            self.flush()?;
        }
        Ok(())
    }

    /// The next plain bytes, at least one.
    pub(super) fn recv(&mut self, buffer: &mut [u8], until: Instant) -> Result<usize, How> {
        loop {
            match self.session.reader().read(buffer) {
                Ok(0) => return Err(How::Closed),
                Ok(n) => return Ok(n),
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(e) => return Err(self.failed(&e.to_string())),
            }
            self.take_in(until)?;
        }
    }

    fn flush(&mut self) -> Result<(), How> {
        let mut out = Vec::new();
        while self.session.wants_write() {
            let written = self.session.write_tls(&mut out);
            written.map_err(|e| self.failed(&e.to_string()))?;
        }
        self.wire.send(&out)
    }

    /// Takes in what came on the wire, as much as there is at once.
    fn take_in(&mut self, until: Instant) -> Result<(), How> {
        let mut buffer = [0; 16 << 10];
        let n = self.wire.recv(&mut buffer, until)?;
        let mut came = buffer.get(..n).unwrap_or_default();
        if !self.shaken {
            let room = KEEP_RAW.saturating_sub(self.raw.len());
            self.raw.extend(came.iter().take(room));
        }
        while !came.is_empty() {
            let read = self.session.read_tls(&mut came);
            read.map_err(|e| self.failed(&e.to_string()))?;
            if let Err(error) = self.session.process_new_packets() {
                return Err(self.refused(&error));
            }
        }
        Ok(())
    }

    fn refused(&mut self, error: &Error) -> How {
        // Tell the peer why, as any client would; whether it hears it is its matter.
        let _ = self.flush();
        self.error = Some(error.to_string());
        if let Error::AlertReceived(description) = error {
            let alert = u8::from(*description);
            self.alert = Some(alert);
            return How::Alert(alert);
        }
        How::TlsFailed
    }

    fn failed(&mut self, why: &str) -> How {
        self.error = Some(why.to_owned());
        How::TlsFailed
    }

    /// Everything noted: the record, the certificates, and the first raw bytes if
    /// there was no handshake.
    pub(super) fn notes(self) -> (TlsRecord<'static>, Vec<Vec<u8>>, Vec<u8>) {
        let certificates = self.witness.certificates();
        let suite = self.session.negotiated_cipher_suite();
        let suite = suite.and_then(|s| s.suite().as_str().map(str::to_owned));
        let alpn = self.session.alpn_protocol();
        let record = TlsRecord {
            version: self.session.protocol_version().map(version_name),
            cipher: suite,
            alpn: alpn.map(|a| String::from_utf8_lossy(a).into_owned()),
            alert: self.alert,
            wants_client_certificate: self.witness.wants_certificate.load(Ordering::Relaxed),
            error: self.error,
            ..TlsRecord::default()
        };
        let raw = if self.shaken { Vec::new() } else { self.raw };
        (record, certificates, raw)
    }
}

fn version_name(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

impl Witness {
    fn certificates(&self) -> Vec<Vec<u8>> {
        let held = self.certificates.lock();
        held.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        let mut room = MOST_CERTIFICATE_BYTES;
        let fits = all.take(MOST_CERTIFICATES).take_while(|der| {
            room = room.saturating_sub(der.len());
            room > 0
        });
        let held = self.certificates.lock();
        *held.unwrap_or_else(PoisonError::into_inner) = fits.map(|der| der.to_vec()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

impl ResolvesClientCert for Witness {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        self.wants_certificate.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}
