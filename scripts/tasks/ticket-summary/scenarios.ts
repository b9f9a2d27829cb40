export interface Ending {
  /** What agent and customer write last. */
  readonly turns: readonly string[];
  /** The same in the summary. */
  readonly summary: string;
}

export interface Scenario {
  readonly name: string;
  /** The customer's first message, in several wordings. */
  readonly reports: readonly string[];
  readonly reportSummary: string;
  /** Questions of the agent with the answers, and what of it the summary keeps. */
  readonly middles: readonly { readonly turns: readonly string[]; readonly summary: string }[];
  readonly endings: readonly Ending[];
}

/** What customers write about; `{slot}` is filled by the generator. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'battery',
    reports: [
      'The battery of my {product} is empty after {number} hours although your page says two days. It was fine until {day}.',
      'Since {day} my {product} barely lasts {number} hours. I charge it all night and nothing helps.',
    ],
    reportSummary: 'the battery of the {product} lasts only {number} hours since {day}',
    middles: [
      {
        turns: [
          'Is the newest firmware installed? You find it under Settings, About.',
          'It says version 4.{minor}, and no update is offered.',
        ],
        summary: 'The firmware is up to date.',
      },
      {
        turns: ['Could you try another charger?', 'I used the one of my tablet. No difference at all.'],
        summary: 'Another charger made no difference.',
      },
    ],
    endings: [
      {
        turns: [
          'Then the battery itself is worn. It is under guarantee, so I am sending you a new {product}, and you send the old one back with the label inside.',
          'Great, that is all I wanted.',
        ],
        summary: '{agent} sends a replacement under guarantee, and the customer returns the old device.',
      },
      {
        turns: [
          'Your guarantee ended {number} months ago, I am afraid. A new battery would be {price} including fitting.',
          'Hmm. Let me think about it, I will write again.',
        ],
        summary:
          'The guarantee has expired; {agent} offered a new battery for {price}, and the customer will think about it.',
      },
    ],
  },
  {
    name: 'missing-parcel',
    reports: [
      'Order {order} is marked as delivered since {day}, but there is no {product} here.',
      'I still wait for my {product}. The tracking of {order} says it was handed over on {day}. It was not.',
    ],
    reportSummary: 'order {order} with a {product} was marked as delivered on {day} but never arrived',
    middles: [
      {
        turns: [
          'Could a neighbour have taken it?',
          'I have asked all {number} parties in the house. Nobody has it.',
        ],
        summary: 'The neighbours do not have it.',
      },
      {
        turns: [
          'The driver noted "safe place". Do you have a shed or a garage?',
          'Only a garage, and it is locked. I looked behind the bins too.',
        ],
        summary: 'It is not in any safe place at the house.',
      },
    ],
    endings: [
      {
        turns: [
          'I have opened an inquiry with the carrier. That takes up to {number} working days. You hear from me either way.',
          'Fine, I can wait that long.',
        ],
        summary: '{agent} opened an inquiry with the carrier, which takes up to {number} working days.',
      },
      {
        turns: [
          'I will not keep you waiting for the carrier: a second {product} leaves us today by express.',
          'Wow, thank you!',
        ],
        summary: '{agent} sends a second one by express at once.',
      },
      {
        turns: [
          'We can send it again or pay back {price}. Which do you prefer?',
          'The money please, I bought one in town meanwhile.',
        ],
        summary: 'The customer chose a refund of {price} over a new delivery.',
      },
    ],
  },
  {
    name: 'double-charge',
    reports: [
      'I see {price} twice on my statement of {day}, for one {product}!',
      'You took {price} two times on {day}. I bought a single {product}.',
    ],
    reportSummary: 'they were charged {price} twice on {day} for one {product}',
    middles: [
      {
        turns: [
          'May I have the last four digits of the card?',
          '{card}. The second booking has another reference, by the way.',
        ],
        summary: 'The card ends in {card}.',
      },
      {
        turns: ['Did the payment page show an error?', 'It hung for a minute and I pressed "pay" again.'],
        summary: 'The payment page had hung and the customer pressed the button again.',
      },
    ],
    endings: [
      {
        turns: [
          'Confirmed, the second one is our mistake. The money is back within {number} working days.',
          'Good. I will check then.',
        ],
        summary: '{agent} confirmed the mistake and refunds the second payment within {number} working days.',
      },
      {
        turns: [
          'The second line is only a reservation. Your bank drops it by itself in {number} days.',
          'Ah, so nothing was lost. Thanks for explaining.',
        ],
        summary: 'The second line is only a reservation that the bank drops within {number} days.',
      },
    ],
  },
  {
    name: 'login',
    reports: [
      'I cannot sign in any more since {day}. It says my account is locked.',
      'Locked out! I need the invoice for my {product} and your page does not let me in since {day}.',
    ],
    reportSummary: 'they have been locked out of the account since {day}',
    middles: [
      {
        turns: ['Did you get our mail for a new password?', 'No. I looked in the spam folder as well.'],
        summary: 'The mail for a new password did not arrive.',
      },
      {
        turns: [
          'Have you changed your phone lately? The code for signing in goes there.',
          'Yes, {number} weeks ago, and with it my number.',
        ],
        summary: 'The sign-in code goes to a phone number the customer no longer has.',
      },
    ],
    endings: [
      {
        turns: [
          'I checked your identity by the last order and unlocked the account. Please choose a new password now.',
          'Done, I am in.',
        ],
        summary: '{agent} checked the identity and unlocked the account; the customer is in again.',
      },
      {
        turns: [
          'For your safety I need a copy of your ID with everything but the name blacked out. Then I change the number.',
          'I will send it tonight.',
        ],
        summary: '{agent} needs a copy of an ID to change the data, and the customer will send it.',
      },
    ],
  },
  {
    name: 'wrong-part',
    reports: [
      'The spare part you sent for my {product} does not fit. Order {order}.',
      'I ordered a part for the {product} ({order}) and it is {number} millimetres too short.',
    ],
    reportSummary: 'the part for the {product} from order {order} does not fit',
    middles: [
      {
        turns: ['Which model number is on the plate at the back?', 'It reads MX-{card}.'],
        summary: 'The model is an MX-{card}.',
      },
      {
        turns: [
          'Could you send a photo of both parts side by side?',
          'Attached. You see the difference at once.',
        ],
        summary: 'The customer sent a photo of both parts.',
      },
    ],
    endings: [
      {
        turns: [
          'Our list was wrong for your model. The right part is on its way, keep the other one.',
          'Thanks, that was easy.',
        ],
        summary:
          "{agent} found an error in the shop's list and sends the right part; the wrong one may be kept.",
      },
      {
        turns: [
          'That part is no longer made for your model. I can pay you back {price} and tell you a repair shop.',
          'Yes please, both.',
        ],
        summary: 'The right part is no longer made, so {agent} refunds {price} and names a repair shop.',
      },
    ],
  },
  {
    name: 'subscription',
    reports: [
      'I cancelled my membership in spring and was charged {price} again on {day}.',
      'Why was {price} taken on {day}? My membership should have ended long ago.',
    ],
    reportSummary: 'they were charged {price} on {day} for a membership that should have ended',
    middles: [
      {
        turns: [
          'How did you cancel? I see no request in the system.',
          'By a letter, and I kept the receipt of the post office.',
        ],
        summary: 'The cancellation was sent by letter.',
      },
      {
        turns: ['Was it perhaps under another mail address?', 'Possible. I had one at my old company.'],
        summary: 'It may have been filed under an older mail address.',
      },
    ],
    endings: [
      {
        turns: [
          'I found your request. The membership is closed from today and the {price} goes back to you.',
          'Perfect. Please confirm it by mail.',
        ],
        summary: '{agent} found the request, closed the membership and refunds the {price}.',
      },
      {
        turns: [
          'Without the request I can only end it for the coming month and give you {number} weeks for free.',
          'I do not agree. Please pass it to your manager.',
        ],
        summary: '{agent} could only end it for the coming month, and the customer asked for a manager.',
      },
    ],
  },
  {
    name: 'setup',
    reports: [
      'The app does not find my new {product}. I have tried {number} times.',
      'I unpacked the {product} on {day} and cannot connect it to our network.',
    ],
    reportSummary: 'the new {product} cannot be connected',
    middles: [
      {
        turns: [
          'Is your phone on the 2.4 GHz network? The device cannot use the other one.',
          'I did not know there are two. It was on the fast one.',
        ],
        summary: 'The phone was on the 5 GHz network, which the device cannot use.',
      },
      {
        turns: ['What colour does the light blink in?', 'Orange, {number} times, then a pause.'],
        summary: 'Its light blinks orange.',
      },
    ],
    endings: [
      {
        turns: [
          'Please hold the button for {number} seconds until it beeps and start over.',
          'It beeped and now it works. You are a star.',
        ],
        summary: 'After a reset that {agent} explained it works.',
      },
      {
        turns: [
          'Then the radio module is faulty. Please send it in, the label is in your mail. Repair takes {number} days.',
          'A pity, but alright.',
        ],
        summary:
          '{agent} suspects a faulty radio module; the customer sends the device in for a repair of {number} days.',
      },
    ],
  },
  {
    name: 'late-order',
    reports: [
      'Order {order} was due on {day}. We need the {product} for an event. Where is it?',
      'My {product} is late. {order}, promised for {day}. I rely on it.',
    ],
    reportSummary: 'the {product} of order {order} did not come on {day} as promised',
    middles: [
      {
        turns: ['When is the latest that it helps you?', 'In {number} days. After that I do not need it.'],
        summary: 'It is needed within {number} days.',
      },
      {
        turns: [
          'I see that it sits in the depot because of a strike. May I have your phone number for the driver?',
          'You have it already, the one in the profile is right.',
        ],
        summary: 'A strike holds it up in the depot.',
      },
    ],
    endings: [
      {
        turns: [
          'I reserved one in the shop near you, you can fetch it tomorrow from ten.',
          'That saves us. I will be there.',
        ],
        summary: '{agent} reserved one in a nearby shop, where the customer fetches it tomorrow.',
      },
      {
        turns: [
          'I cannot promise that day, sorry. Shall I cancel it without cost?',
          'Yes, cancel it. And please learn from it.',
        ],
        summary: '{agent} could not promise a date, so the order was cancelled without cost.',
      },
      {
        turns: ['It leaves the depot tonight, and you get {price} off for the trouble.', 'Fair enough.'],
        summary: '{agent} says it leaves the depot tonight and takes {price} off the price.',
      },
    ],
  },
];
