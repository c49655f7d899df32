/* <memo-offline socket="/ws/agent/" hidden>: says that there is no connection, after 5 s without one, until it is back. */

import { define, MemoElement } from "memo/ui/element";
import { connect } from "memo/ui/socket";

export class MemoOffline extends MemoElement {
  connected() {
    const socket = connect(this.getAttribute("socket"));
    const show = () => (this.hidden = !socket.offline);
    this.on(socket, "offline", show);
    this.on(socket, "online", show);
    show();
  }
}

define("memo-offline", MemoOffline);
