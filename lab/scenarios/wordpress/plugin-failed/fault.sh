sed -i 's/strtoupper/create_function/' /usr/share/wordpress/wp-content/plugins/shiny-slider/shiny-slider.php
