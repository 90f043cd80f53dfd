<?php
echo "Hello from PHP ", PHP_VERSION, " on ", php_uname("m"), "\n";
