using System.Text.Json;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// The limit of tokens that a request sets for its answer, under the names of all dialects, times the number of answers. Of several the
/// highest counts.
/// </summary>
internal struct OutputLimit()
{
    // Longer than any answer; higher numbers are errors of the client.
    private const long Most = 1_000_000;

    private long _tokens;
    private long _answers = 1;

    /// <summary>0: no limit.</summary>
    public readonly long Tokens => Math.Min(_tokens * _answers, Most);

    /// <summary>Reads or skips the value of the member at whose name the reader stands.</summary>
    public void Read(ref Utf8JsonReader reader) => Read(ref reader, isRoot: true);

    private static long NumberOf(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && number >= 1 ? (long)Math.Min(number, Most) : 0;

    private static bool IsTokens(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("max_tokens"u8)
        || reader.ValueTextEquals("max_completion_tokens"u8)
        || reader.ValueTextEquals("max_output_tokens"u8)
        || reader.ValueTextEquals("max_tokens_to_sample"u8)
        || reader.ValueTextEquals("maxOutputTokens"u8);

    private static bool IsAnswers(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("n"u8)
        || reader.ValueTextEquals("best_of"u8)
        || reader.ValueTextEquals("candidateCount"u8)
        || reader.ValueTextEquals("candidate_count"u8);

    private static bool IsSettings(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("generationConfig"u8) || reader.ValueTextEquals("generation_config"u8);

    private void Read(ref Utf8JsonReader reader, bool isRoot)
    {
        var (isTokens, isAnswers, isSettings) = (IsTokens(ref reader), IsAnswers(ref reader), isRoot && IsSettings(ref reader));
        reader.Read();
        if (isTokens)
        {
            _tokens = Math.Max(_tokens, NumberOf(ref reader));
        }
        else if (isAnswers)
        {
            _answers = Math.Max(_answers, NumberOf(ref reader));
        }

        if (!isSettings || reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Read(ref reader, isRoot: false);
        }
    }
}
