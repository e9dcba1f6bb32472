/**
 * @module training/evaluate/breed-groups
 * Which breeds look alike to people: the table by which a confusion counts as mild or as grave.
 */

/** The 37 breeds of the Oxford-IIIT Pet data set by build and coat, as one who asks for a breed would sort them. */
export const BREED_GROUPS = {
  'short-haired cats': [
    'Abyssinian',
    'Bengal',
    'Bombay',
    'British Shorthair',
    'Egyptian Mau',
    'Russian Blue',
    'Siamese',
  ],
  'long-haired cats': ['Birman', 'Maine Coon', 'Persian', 'Ragdoll'],
  'hairless cats': ['Sphynx'],
  'bull breeds': ['american bulldog', 'american pit bull terrier', 'boxer', 'staffordshire bull terrier'],
  'scent hounds': ['basset hound', 'beagle'],
  'spaniels, setters and pointers': ['english cocker spaniel', 'english setter', 'german shorthaired'],
  'mountain dogs': ['great pyrenees', 'leonberger', 'newfoundland', 'saint bernard'],
  spitzes: ['keeshond', 'pomeranian', 'samoyed', 'shiba inu'],
  terriers: ['scottish terrier', 'wheaten terrier', 'yorkshire terrier'],
  'small short-haired dogs': ['chihuahua', 'miniature pinscher', 'pug'],
  'small long-haired dogs': ['havanese', 'japanese chin'],
} as const;

const GROUP_OF = new Map<string, string>(
  Object.entries(BREED_GROUPS).flatMap(([group, breeds]) => breeds.map((breed) => [plain(breed), group])),
);

/**
 * The group of a breed by its label, whatever its capitals, separators and prefix (`cat_`, `dog_`) are; null for
 * a breed that isn't in the table.
 */
export function groupOf(label: string): string | null {
  return GROUP_OF.get(plain(label)) ?? null;
}

function plain(label: string): string {
  return label
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .replace(/^(cat|dog) /, '')
    .trim();
}
