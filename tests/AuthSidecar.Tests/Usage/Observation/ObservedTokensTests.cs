using System.Text;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>Lower bound of the tokens where no counts are reported.</summary>
public sealed class ObservedTokensTests
{
    private const string Chunk =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"system_fingerprint\":\"fp_44709d6fcb\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"CONTENT\"},\"logprobs\":{\"content\":[{\"token\":\"long long long\"}]},\"finish_reason\":null}],\"usage\":null}\n\n";

    public static TheoryData<string, string, int?> Answers =>
        new()
        {
            // An event has at least one token, and four bytes are one token.
            { "text/event-stream", Chunks("a", "b", "c"), 3 },
            { "text/event-stream", Chunks("", "0123456789abcdef", ""), 4 },
            { "text/event-stream", Chunks("a") + "data: {\"choices\":[],\"usage\":null}\n\ndata: [DONE]\n\n", 1 },
            { "text/event-stream", Chunks("a") + Chunk[..^60].Replace("CONTENT", "0123456789abcdef", StringComparison.Ordinal), 5 },
            { "text/event-stream", Chunks("\\u65e5\\u672c\\u8a9e\\n\\\"\\\\"), 3 },
            {
                "text/event-stream",
                "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"01234567\"}},{\"delta\":{\"tool_calls\":[{\"id\":\"call_0123456789\",\"type\":\"function\",\"function\":{\"arguments\":\"01234567\"}}]}},{\"text\":\"01234567\"}]}\n\n",
                6
            },
            { "text/event-stream", "data: {\"choices\":[{\"delta\":{\"audio\":{\"data\":\"AAAAAAAAAAAAAAAAAAAAAAAA\"}}}]}\n\n", null },
            {
                "text/event-stream",
                "data: {\"type\":\"response.output_text.delta\",\"item_id\":\"msg_0123456789\",\"delta\":\"01234567\"}\n\ndata: "
                    + "{\"type\":\"response.output_text.done\",\"text\":\"01234567\"}\n\n",
                2
            },
            { "text/event-stream", "data: {\"type\":\"response.audio.delta\",\"delta\":\"AAAAAAAAAAAAAAAAAAAAAAAA\"}\n\n", 1 },
            {
                "text/event-stream",
                "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"01234567\"}}\n\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"signature_delta\",\"signature\":\"AAAAAAAAAAAA\"}}\n\n",
                2
            },
            {
                "text/event-stream",
                "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"01234567\",\"thoughtSignature\":\"AAAAAAAA\"},{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"AAAAAAAA\"}}],\"role\":\"model\"}}]}\n\n",
                2
            },
            // Events of an unknown API.
            { "text/event-stream", "data: {\"token\":\"a\"}\n\ndata: b\n\ndata: [DONE]\n\n", 2 },
            {
                "application/json",
                "{\"object\":\"chat.completion\",\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"01234567\"}}]}",
                2
            },
            {
                "application/json",
                "{\"object\":\"chat.completion\",\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"0123456789ab",
                3
            },
            {
                "application/json",
                "{\"object\":\"response\",\"output\":[{\"id\":\"msg_1\",\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"01234567\"}]},{\"type\":\"reasoning\",\"encrypted_content\":\"AAAAAAAAAAAA\"},{\"type\":\"image_generation_call\",\"result\":\"AAAAAAAAAAAA\"}]}",
                2
            },
            {
                "application/json",
                "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"01234567\"},{\"type\":\"tool_use\",\"id\":\"toolu_0123456789\",\"name\":\"abcd\",\"input\":{\"a long name of a member\":\"abcd\",\"n\":5}}]}",
                4
            },
            { "application/json", "{\"data\":[{\"b64_json\":\"AAAAAAAAAAAAAAAAAAAAAAAA\"}]}", null },
            { "text/plain; charset=utf-8", "words that were spoken", 6 },
            { "audio/mpeg", "words that were spoken", null },
            { "application/octet-stream", "words that were spoken", null },
            // Google's APIs write protobuf for alt=proto.
            { "application/x-protobuf", "words that were spoken", 6 },
            { "application/vnd.of-tomorrow", "words that were spoken", 6 },
            {
                "application/json",
                "{\"object\":\"interaction\",\"steps\":[{\"type\":\"thought\",\"signature\":\"AAAAAAAA\"},{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"01234567\"}]}]}",
                2
            },
            { "application/json", "{\"object\":\"interaction\",\"outputs\":[{\"type\":\"text\",\"text\":\"01234567\"}]}", 2 },
            { "application/json", "", null },
        };

    [Theory, MemberData(nameof(Answers))]
    public void OfAnAnswer_HoweverItIsCut(string type, string body, int? tokens)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var head = new ResponseHead(200, type, "");

        Assert.Equal(tokens, Reading.Read(head, Reading.ByteByByte(bytes)).SeenOutput);
        for (var at = 0; at <= bytes.Length; at++)
        {
            Assert.Equal(tokens, Reading.Read(head, [bytes.AsMemory(0, at), bytes.AsMemory(at)]).SeenOutput);
        }
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    [InlineData("gzip")]
    public void OfWhatCannotBeRead_TheBytesCount(string encoding)
    {
        var head = Reading.Events with { ContentEncoding = encoding };

        Assert.Equal(500, Reading.Read(head, [new byte[400], new byte[600]]).SeenOutput);
        Assert.Null(Reading.Read(head with { Status = 500 }, [new byte[400]]).SeenOutput);
    }

    [Theory]
    [InlineData(
        """{"model":"m","messages":[{"role":"user","content":"01234567"},{"role":"user","content":[{"type":"text","text":"01234567"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAAAAAA"}}]}]}""",
        4
    )]
    [InlineData(
        """{"model":"m","instructions":"01234567","input":[{"role":"user","content":[{"type":"input_text","text":"01234567"},{"type":"input_image","image_url":"data:image/png;base64,AAAAAAAA"},{"type":"input_file","file_data":"AAAAAAAA"}]}]}""",
        4
    )]
    [InlineData("""{"model":"m","input":"01234567"}""", 2)]
    [InlineData("""{"model":"m","input":["0123","4567"]}""", 2)]
    [InlineData("""{"model":"m","prompt":"01234567","user":"somebody","metadata":{"a":"01234567"}}""", 2)]
    [InlineData(
        """{"model":"m","system":[{"type":"text","text":"01234567"}],"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAAAAAA"}}]}],"tools":[{"name":"abcd","description":"01234567"}]}""",
        5
    )]
    [InlineData(
        """{"systemInstruction":{"parts":[{"text":"0123"}]},"contents":[{"role":"user","parts":[{"text":"0123"},{"inlineData":{"mimeType":"image/png","data":"AAAAAAAA"}}]}]}""",
        2
    )]
    [InlineData("""{"model":"m"}""", null)]
    [InlineData("--b\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\nno\r\n--b--\r\n", null)]
    public void OfARequest_HoweverItIsCut(string body, int? tokens)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var at = 0; at <= bytes.Length; at++)
        {
            using var reader = new RequestReader("");
            reader.Read(bytes.AsMemory(0, at));
            reader.Read(bytes.AsMemory(at));
            Assert.Equal(tokens, reader.SeenInput);
        }
    }

    [Fact]
    public void OfARequestThatCannotBeRead_TheBytesCount()
    {
        using var reader = new RequestReader("zstd");
        reader.Read(new byte[1001]);

        Assert.Equal(501, reader.SeenInput);
    }

    private static string Chunks(params string[] texts) =>
        string.Concat(texts.Select(text => Chunk.Replace("CONTENT", text, StringComparison.Ordinal)));
}
