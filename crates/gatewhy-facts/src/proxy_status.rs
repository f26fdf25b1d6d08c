//! The error types of RFC 9209, *The Proxy-Status HTTP Response Header Field*.
//!
//! They are the common words for what went wrong between two hops; every symptom
//! of every proxy maps to one of them.
use core::fmt;

/// An error type of the registry of RFC 9209, section 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorType {
    /// The gateway had no answer to its name query in time.
    DnsTimeout,
    /// The name query was answered with an error.
    DnsError,
    /// The gateway does not know where to send the request.
    DestinationNotFound,
    /// The next hop is known to be out of service.
    DestinationUnavailable,
    /// The gateway may not connect to that address.
    DestinationIpProhibited,
    /// There is no route to that address.
    DestinationIpUnroutable,
    /// The next hop refused the connection.
    ConnectionRefused,
    /// The connection ended before a complete response was there.
    ConnectionTerminated,
    /// No connection was made in time.
    ConnectionTimeout,
    /// The gateway waited too long for bytes on a connection.
    ConnectionReadTimeout,
    /// The gateway waited too long to write to a connection.
    ConnectionWriteTimeout,
    /// A limit on connections was reached.
    ConnectionLimitReached,
    /// The TLS handshake or a TLS record went wrong.
    TlsProtocolError,
    /// The certificate of the next hop was not accepted.
    TlsCertificateError,
    /// The next hop sent a TLS alert.
    TlsAlertReceived,
    /// The request was refused by the gateway as faulty.
    HttpRequestError,
    /// The gateway refuses the request by policy.
    HttpRequestDenied,
    /// The response ended too early.
    HttpResponseIncomplete,
    /// All header fields together are too large.
    HttpResponseHeaderSectionSize,
    /// One header field is too large.
    HttpResponseHeaderSize,
    /// The body is too large.
    HttpResponseBodySize,
    /// All trailer fields together are too large.
    HttpResponseTrailerSectionSize,
    /// One trailer field is too large.
    HttpResponseTrailerSize,
    /// The transfer coding is wrong.
    HttpResponseTransferCoding,
    /// The content coding is wrong.
    HttpResponseContentCoding,
    /// No complete response came in time.
    HttpResponseTimeout,
    /// The change of protocol failed.
    HttpUpgradeFailed,
    /// The response is not proper HTTP.
    HttpProtocolError,
    /// The gateway made the response itself, without trying the next hop.
    ProxyInternalResponse,
    /// The gateway failed for a reason of its own.
    ProxyInternalError,
    /// The gateway is configured wrongly.
    ProxyConfigurationError,
    /// The request came back to the same gateway.
    ProxyLoopDetected,
}

/// Every type with its registered name and recommended status (0: none).
const REGISTRY: &[(ErrorType, &str, u16)] = &[
    (ErrorType::DnsTimeout, "dns_timeout", 504),
    (ErrorType::DnsError, "dns_error", 502),
    (ErrorType::DestinationNotFound, "destination_not_found", 500),
    (
        ErrorType::DestinationUnavailable,
        "destination_unavailable",
        503,
    ),
    (
        ErrorType::DestinationIpProhibited,
        "destination_ip_prohibited",
        502,
    ),
    (
        ErrorType::DestinationIpUnroutable,
        "destination_ip_unroutable",
        502,
    ),
    (ErrorType::ConnectionRefused, "connection_refused", 502),
    (
        ErrorType::ConnectionTerminated,
        "connection_terminated",
        502,
    ),
    (ErrorType::ConnectionTimeout, "connection_timeout", 504),
    (
        ErrorType::ConnectionReadTimeout,
        "connection_read_timeout",
        504,
    ),
    (
        ErrorType::ConnectionWriteTimeout,
        "connection_write_timeout",
        504,
    ),
    (
        ErrorType::ConnectionLimitReached,
        "connection_limit_reached",
        503,
    ),
    (ErrorType::TlsProtocolError, "tls_protocol_error", 502),
    (ErrorType::TlsCertificateError, "tls_certificate_error", 502),
    (ErrorType::TlsAlertReceived, "tls_alert_received", 502),
    (ErrorType::HttpRequestError, "http_request_error", 0),
    (ErrorType::HttpRequestDenied, "http_request_denied", 403),
    (
        ErrorType::HttpResponseIncomplete,
        "http_response_incomplete",
        502,
    ),
    (
        ErrorType::HttpResponseHeaderSectionSize,
        "http_response_header_section_size",
        502,
    ),
    (
        ErrorType::HttpResponseHeaderSize,
        "http_response_header_size",
        502,
    ),
    (
        ErrorType::HttpResponseBodySize,
        "http_response_body_size",
        502,
    ),
    (
        ErrorType::HttpResponseTrailerSectionSize,
        "http_response_trailer_section_size",
        502,
    ),
    (
        ErrorType::HttpResponseTrailerSize,
        "http_response_trailer_size",
        502,
    ),
    (
        ErrorType::HttpResponseTransferCoding,
        "http_response_transfer_coding",
        502,
    ),
    (
        ErrorType::HttpResponseContentCoding,
        "http_response_content_coding",
        502,
    ),
    (ErrorType::HttpResponseTimeout, "http_response_timeout", 504),
    (ErrorType::HttpUpgradeFailed, "http_upgrade_failed", 502),
    (ErrorType::HttpProtocolError, "http_protocol_error", 502),
    (
        ErrorType::ProxyInternalResponse,
        "proxy_internal_response",
        0,
    ),
    (ErrorType::ProxyInternalError, "proxy_internal_error", 500),
    (
        ErrorType::ProxyConfigurationError,
        "proxy_configuration_error",
        500,
    ),
    (ErrorType::ProxyLoopDetected, "proxy_loop_detected", 502),
];

impl ErrorType {
    /// The registered name, such as `connection_refused`.
    pub fn name(self) -> &'static str {
        self.row().map_or("proxy_internal_error", |row| row.1)
    }

    /// The status code that the RFC recommends, if it names one. Real proxies
    /// often send another: nginx answers a refused connection with 502, HAProxy
    /// with 503.
    pub fn recommended_status(self) -> Option<u16> {
        self.row().map(|row| row.2).filter(|status| *status != 0)
    }

    /// Every error type there is.
    pub fn all() -> impl Iterator<Item = Self> {
        REGISTRY.iter().map(|row| row.0)
    }

    fn row(self) -> Option<&'static (Self, &'static str, u16)> {
        REGISTRY.iter().find(|row| row.0 == self)
    }
}

impl fmt::Display for ErrorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn all_32_types_are_registered_once() {
        let names: BTreeSet<&str> = REGISTRY.iter().map(|row| row.1).collect();
        assert_eq!(names.len(), 32);
        assert_eq!(ErrorType::DnsTimeout.recommended_status(), Some(504));
        assert_eq!(ErrorType::ProxyInternalResponse.recommended_status(), None);
        assert_eq!(
            ErrorType::ConnectionRefused.to_string(),
            "connection_refused"
        );
    }
}
