using System.Text;
using AuthSidecar.Envoy.ExtProc;
using AuthSidecar.Usage.Observation;
using Envoy.Service.ExtProc.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// The cost of observation on one core: long responses of each API as events, and a long request in pieces, each an encoded message of
/// Envoy's.
/// </summary>
internal sealed class ObserverBenchmark(Size size)
{
    private readonly int _deltas = size.Pick(20_000, 200);
    private readonly int _rounds = size.Pick(15, 2);

    public Task<Table> RunAsync()
    {
        var table = new Table(
            $"{_deltas:N0} events",
            "bytes an event",
            "MB/s of body",
            "µs an event",
            "fastest round",
            "bytes allocated an event"
        );
        foreach (
            var (name, events, input) in new[]
            {
                ("OpenAI chat", Chat(), 7L),
                ("OpenAI Responses", Responses(), 7L),
                ("Anthropic", Anthropic(), 7L),
                ("Gemini", Gemini(), 7L),
            }
        )
        {
            var messages = events.Select(one => Message(one).ToByteArray()).ToArray();
            Measure(table, $"{name}: events alone", events, input, () => ReadBodies(events));
            Measure(table, $"{name}: as Envoy's messages", events, input, () => ReadMessages(messages));
        }

        var request = Pieces(Request());
        var shown = request.Select(one => RequestMessage(one).ToByteArray()).ToArray();
        Measure(table, "A request, its model last: pieces alone", request, 7, () => ReadRequest(request));
        Measure(table, "A request, its model last: as Envoy's messages", request, 7, () => ReadRequestMessages(shown));
        table.Results.Add($"Median of {_rounds} rounds by the thread's CPU time, one core.");
        return Task.FromResult(table);
    }

    private void Measure(Table table, string name, byte[][] events, long input, Func<long?> read)
    {
        var times = new List<double>();
        var allocated = 0L;
        for (var round = 0; round < _rounds; round++)
        {
            var memory = GC.GetAllocatedBytesForCurrentThread();
            var started = ThreadClock.Nanoseconds();
            if (read() != input)
            {
                throw new InvalidOperationException($"{name} was not counted.");
            }

            times.Add((ThreadClock.Nanoseconds() - started) / 1000 / events.Length);
            allocated = GC.GetAllocatedBytesForCurrentThread() - memory;
        }

        var length = events.Average(one => (double)one.Length);
        table.Add(
            name,
            $"{length:F0}",
            $"{length / times.Median():F0}",
            $"{times.Median():F2}",
            $"{times.Min():F2}",
            $"{(double)allocated / events.Length:F0}"
        );
    }

    private static long? ReadBodies(byte[][] events)
    {
        using var reader = new ResponseReader(new(200, "text/event-stream", ""), isProviders: true);
        foreach (var one in events)
        {
            reader.Read(one);
        }

        return Input(reader);
    }

    private static long? ReadMessages(byte[][] messages)
    {
        using var reader = new ResponseReader(new(200, "text/event-stream", ""), isProviders: true);
        foreach (var bytes in messages)
        {
            using var message = ProcessingReader.Read(bytes);
            reader.Read(message.Body);
        }

        return Input(reader);
    }

    private static long? ReadRequest(byte[][] pieces)
    {
        using var reader = new RequestReader("");
        foreach (var piece in pieces)
        {
            reader.Read(piece);
        }

        return reader.Model?.Length;
    }

    private static long? ReadRequestMessages(byte[][] messages)
    {
        using var reader = new RequestReader("");
        foreach (var bytes in messages)
        {
            using var message = ProcessingReader.Read(bytes);
            reader.Read(message.Body);
        }

        return reader.Model?.Length;
    }

    private static long? Input(ResponseReader reader)
    {
        var end = reader.End(isWhole: true);
        return end.HasFailed ? null : end.Counts[UsageField.Input];
    }

    private static ProcessingRequest RequestMessage(byte[] body)
    {
        var message = Message([]);
        message.RequestBody = new() { Body = ByteString.CopyFrom(body) };
        return message;
    }

    private static ProcessingRequest Message(byte[] body) =>
        new()
        {
            ObservabilityMode = true,
            ResponseBody = new() { Body = ByteString.CopyFrom(body) },
            MetadataContext = new()
            {
                FilterMetadata =
                {
                    ["envoy.filters.http.ext_authz"] = new()
                    {
                        Fields =
                        {
                            ["decision_id"] = Value.ForString("0198c7a1f2b37c4d8e5f60718293a4b5"),
                            ["decision"] = Value.ForString("allow"),
                            ["reason"] = Value.ForString(""),
                            ["key_id"] = Value.ForString("abcdefghijkl"),
                            ["subject"] = Value.ForString("0198c7a1-f2b3-7c4d-8e5f-60718293a4b5"),
                            ["auth_mode"] = Value.ForString("centralized"),
                            ["policy"] = Value.ForString("llm"),
                        },
                    },
                },
            },
        };

    // A conversation of about 8 MB with an escape in each line of its texts, in pieces of Envoy's read size.
    private byte[] Request() =>
        Encoding.UTF8.GetBytes(
            "{\"messages\":["
                + string.Join(
                    ',',
                    Enumerable
                        .Range(0, _deltas)
                        .Select(word =>
                            $$"""{"role":"user","content":[{"type":"text","text":"{{string.Concat(Enumerable.Repeat($"A line of word {word} and more of it, as people write them.\\n", 6))}}"}]}"""
                        )
                )
                + "],\"model\":\"gpt-4.1\"}"
        );

    private static byte[][] Pieces(byte[] body) => [.. body.Chunk(16 * 1024)];

    private byte[][] Chat() =>
        Events(
            word =>
                $$"""data: {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4.1-2025-04-14","service_tier":"default","system_fingerprint":"fp_b1b4e9a2c7","choices":[{"index":0,"delta":{"content":" w{{word}}"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"kX3vQ9"}""",
            """data: {"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":20000}}""",
            "data: [DONE]"
        );

    private byte[][] Responses() =>
        Events(
            word =>
                "event: response.output_text.delta\ndata: "
                + $"{{\"type\":\"response.output_text.delta\",\"sequence_number\":{word},\"item_id\":\"msg_67ccd2bf17f0819081ff3bb2cf6508e6\",\"output_index\":0,\"content_index\":0,\"delta\":\" w{word}\",\"logprobs\":[],\"obfuscation\":\"kX3vQ9\"}}",
            "event: response.completed\ndata: "
                + "{\"type\":\"response.completed\",\"response\":{\"object\":\"response\",\"model\":\"gpt-5.1\",\"usage\":{\"input_tokens\":7,\"output_tokens\":20000}}}"
        );

    private byte[][] Anthropic() =>
        Events(
            word =>
                "event: content_block_delta\ndata: "
                + $"{{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\" w{word}\"}}}}",
            "event: message_delta\ndata: "
                + "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"input_tokens\":7,\"output_tokens\":20000}}",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}"
        );

    private byte[][] Gemini() =>
        Events(
            word =>
                $$$"""data: {"candidates": [{"content": {"parts": [{"text": " w{{{word}}}"}],"role": "model"},"index": 0}],"usageMetadata": {"promptTokenCount": 7,"candidatesTokenCount": {{{word}}},"totalTokenCount": {{{word}}},"promptTokensDetails": [{"modality": "TEXT","tokenCount": 7}]},"modelVersion": "gemini-2.5-flash","responseId": "TgWkaKPiJ_qBz7IPq6TlyAQ"}""",
            """data: {"candidates": [{"content": {"parts": [],"role": "model"},"finishReason": "STOP","index": 0}],"usageMetadata": {"promptTokenCount": 7,"candidatesTokenCount": 20000}}"""
        );

    private byte[][] Events(Func<int, string> word, params string[] ends) =>
        [.. Enumerable.Range(0, _deltas).Select(word).Concat(ends).Select(one => Encoding.UTF8.GetBytes(one + "\n\n"))];
}
