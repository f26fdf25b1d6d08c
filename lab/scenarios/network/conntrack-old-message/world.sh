far_app
