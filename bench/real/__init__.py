"""The suite against real servers on loopback: installed from the package indexes, started, asked, stopped again."""
