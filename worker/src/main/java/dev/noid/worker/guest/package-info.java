/// The agent in a VM, over any byte channel. Nothing it says is trusted.
@NullMarked
package dev.noid.worker.guest;

import org.jspecify.annotations.NullMarked;
