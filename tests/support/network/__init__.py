"""A network of our own: namespaces joined by links that lose, delay and throttle as they are told.

`Network` is a star: one namespace for the server, one for each client, one emulated link between. The kernel's
own emulation (netem) is not used because many kernels are built without it, and because losses drawn from a
seed are the same in every run.
"""

from tests.support.network.impairment import Counters, Impairment
from tests.support.network.netns import Namespace
from tests.support.network.star import Link, Network

__all__ = ["Counters", "Impairment", "Link", "Namespace", "Network"]
