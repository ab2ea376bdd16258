/** Other archives: who they are, and the links with them. What they say on a link is the business of gossip. */
import { Module } from '@nestjs/common';
import { PeerBook } from './peer-book.js';
import { PeerRepository } from './peer.repository.js';

@Module({
  providers: [PeerBook, PeerRepository],
  exports: [PeerBook],
})
export class PeersModule {}
