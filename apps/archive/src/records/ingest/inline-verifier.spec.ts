import { describe } from '@jest/globals';
import { InlineVerifier } from './inline-verifier.js';
import { recordVerifierContract } from './record-verifier.contract-spec.js';

describe('the verifier in line', () => recordVerifierContract((scope) => new InlineVerifier(scope)));
