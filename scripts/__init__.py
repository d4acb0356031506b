"""What `make` calls: from the vendor's document to the generated package, and the installation of the tools."""
