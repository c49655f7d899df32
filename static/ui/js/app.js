/* What every signed-in page runs. */

import "@hotwired/turbo";
import "memo/ui/elements";
import "memo/ui/streams";
