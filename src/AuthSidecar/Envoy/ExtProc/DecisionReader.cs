using System.Text;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Envoy.Protobuf;
using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Envoy.ExtProc;

/// <summary>Reads the decision from Envoy's dynamic metadata.</summary>
internal static class DecisionReader
{
    // A map entry is a message of key (1) and value (2).
    private const int Key = 1;
    private const int Entry = 2;
    private const int LongestId = 64;

    /// <returns>Null without a Check or without forwarded metadata.</returns>
    public static DecisionFacts? Read(ReadOnlySpan<byte> metadata)
    {
        DecisionFacts? found = null;
        var reader = new ProtobufReader(metadata);
        while (reader.Read())
        {
            if (
                reader.Field == Metadata.FilterMetadataFieldNumber
                && ProtobufReader.Last(reader.Content, Key).SequenceEqual("envoy.filters.http.ext_authz"u8)
            )
            {
                found = ReadFields(ProtobufReader.Last(reader.Content, Entry));
            }
        }

        return found is { Id.Length: > 0 and <= LongestId } ? found : null;
    }

    private static DecisionFacts ReadFields(ReadOnlySpan<byte> fields)
    {
        var facts = DecisionFacts.None;
        var reader = new ProtobufReader(fields);
        while (reader.Read())
        {
            if (reader.Field != Struct.FieldsFieldNumber)
            {
                continue;
            }

            var name = ProtobufReader.Last(reader.Content, Key);
            var value = ProtobufReader.Last(ProtobufReader.Last(reader.Content, Entry), Value.StringValueFieldNumber);
            facts = name switch
            {
                _ when name.SequenceEqual("decision_id"u8) => facts with { Id = Text(value) },
                _ when name.SequenceEqual("decision"u8) => facts with { Decision = Text(value) },
                _ when name.SequenceEqual("key_id"u8) => facts with { KeyId = Text(value) },
                _ when name.SequenceEqual("auth_mode"u8) => facts with { Mode = Text(value) },
                _ when name.SequenceEqual("policy"u8) => facts with { Policy = Text(value) },
                _ when name.SequenceEqual("reason"u8) => facts with { Reason = Text(value) },
                _ when name.SequenceEqual("subject"u8) => facts with { Subject = Text(value) },
                _ when name.SequenceEqual("ws"u8) => facts with { Socket = Text(value) },
                _ when name.SequenceEqual("key_line"u8) => facts with { KeyLine = Text(value) },
                _ when name.SequenceEqual("usage"u8) => facts with { Usage = Text(value) },
                _ when name.SequenceEqual("parallel"u8) => facts with { Parallel = Text(value) },
                _ when name.SequenceEqual("mac"u8) => facts with { Mac = Text(value) },
                _ => facts,
            };
        }

        return facts;
    }

    private static string Text(ReadOnlySpan<byte> value) => Encoding.UTF8.GetString(value);
}
