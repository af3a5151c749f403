using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Platform.Hashing;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Decisions.Metadata;

/// <summary>
/// The MACs of decisions, under keys derived from the peppers (HKDF-SHA256): the first makes them, all are tried, so replicas agree and
/// peppers rotate.
/// </summary>
internal sealed class DecisionMacs(KeyHasher peppers)
{
    private volatile Keyring? _keys;

    /// <summary>Adds the member <see cref="DecisionMac.Field"/>, which all the others are part of.</summary>
    public Struct Sign(Struct metadata)
    {
        var facts = DecisionFacts.Of(metadata);
        metadata.Fields[DecisionMac.Field] = Value.ForString(For(facts).Text(facts.Id));
        return metadata;
    }

    /// <summary>For every decision that differs from this one in its id alone.</summary>
    public DecisionMac For(DecisionFacts facts)
    {
        var keys = Keys();
        return DecisionMac.Of(facts, keys.Keys[0], keys);
    }

    /// <summary>False once other peppers are in force than those that it was made with.</summary>
    public bool IsCurrent(DecisionMac mac) => ReferenceEquals(mac.Source, Keys());

    public bool IsRight(DecisionFacts facts)
    {
        var received = Encoding.UTF8.GetBytes(facts.Mac);
        var isRight = false;
        var keys = Keys();
        foreach (var key in keys.Keys)
        {
            isRight |= CryptographicOperations.FixedTimeEquals(
                Encoding.ASCII.GetBytes(DecisionMac.Of(facts, key, keys).Text(facts.Id)),
                received
            );
        }

        return isRight;
    }

    private Keyring Keys()
    {
        var generation = peppers.Generation;
        if (_keys is { } known && ReferenceEquals(known.Generation, generation))
        {
            return known;
        }

        return _keys = new(generation, [.. peppers.Derive("authsidecar decision metadata v1"u8).Select(key => SipKey.From(key))]);
    }

    private sealed record Keyring(object Generation, SipKey[] Keys);
}
