//! What is known of the programs behind an address, one file each.
pub mod ajp_secret;
pub mod application;
pub mod database;
pub mod fpm;
pub mod kept;
pub mod lost;
pub mod pm2;
pub mod registry;
pub mod registry_health;
pub mod script;
pub mod supervisord;
pub mod tomcat;
pub mod uwsgi;
