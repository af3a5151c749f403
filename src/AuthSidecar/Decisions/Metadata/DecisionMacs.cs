using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Platform.Hashing;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Decisions.Metadata;

/// <summary>
/// Creates and verifies the MACs of decisions with keys derived from the peppers (HKDF-SHA256). The first pepper signs and all verify, so
/// that peppers can be rotated across replicas.
/// </summary>
internal sealed class DecisionMacs(KeyHasher peppers)
{
    private volatile Keyring? _keys;

    /// <summary>Adds the field <see cref="DecisionMac.Field"/>, a MAC of all other fields.</summary>
    public Struct Sign(Struct metadata)
    {
        var facts = DecisionFacts.Of(metadata);
        metadata.Fields[DecisionMac.Field] = Value.ForString(For(facts).Text(facts.Id));
        return metadata;
    }

    /// <summary>The MAC for all decisions that differ from this one only in their id.</summary>
    public DecisionMac For(DecisionFacts facts)
    {
        var keys = Keys();
        return DecisionMac.Of(facts, keys.Keys[0], keys);
    }

    /// <summary>False after the peppers have changed since the MAC was made.</summary>
    public bool IsCurrent(DecisionMac mac) => ReferenceEquals(mac.Source, Keys());

    public bool IsValid(DecisionFacts facts)
    {
        var received = Encoding.UTF8.GetBytes(facts.Mac);
        var isValid = false;
        var keys = Keys();
        foreach (var key in keys.Keys)
        {
            isValid |= CryptographicOperations.FixedTimeEquals(
                Encoding.ASCII.GetBytes(DecisionMac.Of(facts, key, keys).Text(facts.Id)),
                received
            );
        }

        return isValid;
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
