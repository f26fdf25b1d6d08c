//! What is known of the programs behind an address, one file each.
pub mod ajp_secret;
pub mod application;
pub mod database;
pub mod fpm;
pub mod missing_script;
pub mod pm2;
pub mod process_managers;
pub mod registry;
pub mod registry_health;
pub mod script;
pub mod supervisord;
pub mod tomcat;
pub mod uwsgi;
