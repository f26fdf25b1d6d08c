//! Every cause, by group. Generated from this folder by `cargo xtask generate`.
use crate::cause::Cause;

pub mod address {
    //! Causes of the group `address`.
    pub mod dns_name_not_found;
    pub mod dns_resolver_failed;
    pub mod dns_stale_address;
    pub mod no_live_upstream;
    pub mod protocol_mismatch;
    pub mod socket_permission_denied;
    pub mod wrong_bind_address;
    pub mod wrong_port;
    pub mod wrong_socket_path;
    pub mod wrong_source_address;
}

pub mod answer {
    //! Causes of the group `answer`.
    pub mod keepalive_race;
    pub mod request_body_too_large;
    pub mod request_header_too_big;
    pub mod response_body_invalid;
    pub mod response_closed_early;
    pub mod response_header_invalid;
    pub mod response_header_too_big;
}

pub mod application {
    //! Causes of the group `application`.
    pub mod database_connections_exhausted;
    pub mod database_down;
    pub mod loopback_timeout;
    pub mod php_memory_limit;
    pub mod registry_misconfigured;
    pub mod registry_outage;
    pub mod script_not_found;
    pub mod wordpress_cron_overload;
    pub mod wordpress_maintenance_mode;
    pub mod wordpress_plugin_failed;
}

pub mod backend {
    //! Causes of the group `backend`.
    pub mod backend_answered_error;
    pub mod backend_crash_looping;
    pub mod backend_crashed;
    pub mod backend_heap_exhausted;
    pub mod backend_hung;
    pub mod backend_oom_killed;
    pub mod backend_out_of_files;
    pub mod backend_refused_client;
    pub mod backend_restarting;
    pub mod backend_slow;
    pub mod backend_start_failed;
    pub mod backend_stopped;
    pub mod backend_worker_timeout;
    pub mod listen_backlog_full;
    pub mod worker_pool_exhausted;
}

pub mod edge {
    //! Causes of the group `edge`.
    pub mod edge_cannot_reach_origin;
    pub mod edge_firewalled_by_origin;
    pub mod edge_origin_address_stale;
    pub mod edge_tls_mode_mismatch;
    pub mod edge_worker_failed;
}

pub mod machine {
    //! Causes of the group `machine`.
    pub mod cpu_saturated;
    pub mod disk_full;
    pub mod memory_exhausted;
}

pub mod network {
    //! Causes of the group `network`.
    pub mod connect_timeout;
    pub mod conntrack_full;
    pub mod ephemeral_ports_exhausted;
    pub mod firewall_blocked;
    pub mod host_unreachable;
}

pub mod proxy {
    //! Causes of the group `proxy`.
    pub mod error_page_cached;
    pub mod health_check_failing;
    pub mod proxy_answered_error;
    pub mod proxy_config_invalid;
    pub mod proxy_config_not_loaded;
    pub mod proxy_crashed;
    pub mod proxy_down;
    pub mod proxy_hung;
    pub mod proxy_loop;
    pub mod proxy_module_missing;
    pub mod proxy_out_of_connections;
    pub mod proxy_out_of_files;
    pub mod proxy_rate_limited;
    pub mod proxy_temp_unwritable;
    pub mod security_policy_denied;
    pub mod upstream_disabled_by_admin;
}

pub mod tls {
    //! Causes of the group `tls`.
    pub mod tls_certificate_expired;
    pub mod tls_certificate_untrusted;
    pub mod tls_client_certificate_missing;
    pub mod tls_handshake_failed;
    pub mod tls_name_mismatch;
    pub mod tls_sni_missing;
    pub mod tls_version_mismatch;
}

pub mod visitor {
    //! Causes of the group `visitor`.
    pub mod client_dns_stale;
    pub mod client_proxy_interference;
}

static ALL: &[&Cause] = &[
    &address::dns_name_not_found::CAUSE,
    &address::dns_resolver_failed::CAUSE,
    &address::dns_stale_address::CAUSE,
    &address::no_live_upstream::CAUSE,
    &address::protocol_mismatch::CAUSE,
    &address::socket_permission_denied::CAUSE,
    &address::wrong_bind_address::CAUSE,
    &address::wrong_port::CAUSE,
    &address::wrong_socket_path::CAUSE,
    &address::wrong_source_address::CAUSE,
    &answer::keepalive_race::CAUSE,
    &answer::request_body_too_large::CAUSE,
    &answer::request_header_too_big::CAUSE,
    &answer::response_body_invalid::CAUSE,
    &answer::response_closed_early::CAUSE,
    &answer::response_header_invalid::CAUSE,
    &answer::response_header_too_big::CAUSE,
    &application::database_connections_exhausted::CAUSE,
    &application::database_down::CAUSE,
    &application::loopback_timeout::CAUSE,
    &application::php_memory_limit::CAUSE,
    &application::registry_misconfigured::CAUSE,
    &application::registry_outage::CAUSE,
    &application::script_not_found::CAUSE,
    &application::wordpress_cron_overload::CAUSE,
    &application::wordpress_maintenance_mode::CAUSE,
    &application::wordpress_plugin_failed::CAUSE,
    &backend::backend_answered_error::CAUSE,
    &backend::backend_crash_looping::CAUSE,
    &backend::backend_crashed::CAUSE,
    &backend::backend_heap_exhausted::CAUSE,
    &backend::backend_hung::CAUSE,
    &backend::backend_oom_killed::CAUSE,
    &backend::backend_out_of_files::CAUSE,
    &backend::backend_refused_client::CAUSE,
    &backend::backend_restarting::CAUSE,
    &backend::backend_slow::CAUSE,
    &backend::backend_start_failed::CAUSE,
    &backend::backend_stopped::CAUSE,
    &backend::backend_worker_timeout::CAUSE,
    &backend::listen_backlog_full::CAUSE,
    &backend::worker_pool_exhausted::CAUSE,
    &edge::edge_cannot_reach_origin::CAUSE,
    &edge::edge_firewalled_by_origin::CAUSE,
    &edge::edge_origin_address_stale::CAUSE,
    &edge::edge_tls_mode_mismatch::CAUSE,
    &edge::edge_worker_failed::CAUSE,
    &machine::cpu_saturated::CAUSE,
    &machine::disk_full::CAUSE,
    &machine::memory_exhausted::CAUSE,
    &network::connect_timeout::CAUSE,
    &network::conntrack_full::CAUSE,
    &network::ephemeral_ports_exhausted::CAUSE,
    &network::firewall_blocked::CAUSE,
    &network::host_unreachable::CAUSE,
    &proxy::error_page_cached::CAUSE,
    &proxy::health_check_failing::CAUSE,
    &proxy::proxy_answered_error::CAUSE,
    &proxy::proxy_config_invalid::CAUSE,
    &proxy::proxy_config_not_loaded::CAUSE,
    &proxy::proxy_crashed::CAUSE,
    &proxy::proxy_down::CAUSE,
    &proxy::proxy_hung::CAUSE,
    &proxy::proxy_loop::CAUSE,
    &proxy::proxy_module_missing::CAUSE,
    &proxy::proxy_out_of_connections::CAUSE,
    &proxy::proxy_out_of_files::CAUSE,
    &proxy::proxy_rate_limited::CAUSE,
    &proxy::proxy_temp_unwritable::CAUSE,
    &proxy::security_policy_denied::CAUSE,
    &proxy::upstream_disabled_by_admin::CAUSE,
    &tls::tls_certificate_expired::CAUSE,
    &tls::tls_certificate_untrusted::CAUSE,
    &tls::tls_client_certificate_missing::CAUSE,
    &tls::tls_handshake_failed::CAUSE,
    &tls::tls_name_mismatch::CAUSE,
    &tls::tls_sni_missing::CAUSE,
    &tls::tls_version_mismatch::CAUSE,
    &visitor::client_dns_stale::CAUSE,
    &visitor::client_proxy_interference::CAUSE,
];

/// Every cause, by group and name.
pub fn all() -> &'static [&'static Cause] {
    ALL
}
