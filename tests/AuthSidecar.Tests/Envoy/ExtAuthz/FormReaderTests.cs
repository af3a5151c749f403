using System.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

/// <summary>Forms that the corpus cannot express, and the forms of .NET's own client.</summary>
public sealed class FormReaderTests
{
    private const string Type = "multipart/form-data; boundary=b";
    private const string Form =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n-\r\n--c\r\n"
        + "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt-4o\r\n--b--\r\n";

    [Fact]
    public void Form_CutAnywhere_IsUnreadable()
    {
        var body = Encoding.ASCII.GetBytes(Form);

        Assert.Equal(new(BodyState.Read, "gpt-4o"), FormReader.Read(body, Type));

        // Without its last line end it is whole.
        Assert.All(Enumerable.Range(0, body.Length - 2), length =>
            Assert.Equal(new(BodyState.Unreadable), FormReader.Read(body.AsSpan(0, length), Type))
        );
    }

    [Fact]
    public void Form_WithAnyByteReplaced_NamesNoOtherModel()
    {
        var body = Encoding.ASCII.GetBytes(Form);
        for (var at = 0; at < body.Length; at++)
        {
            foreach (var other in "\0\r\n \";:-=\\\u007f\u00ff".Select(character => (byte)character))
            {
                var changed = body.ToArray();
                changed[at] = other;

                var read = FormReader.Read(changed, Type);

                var isValue = at >= Form.IndexOf("gpt-4o", StringComparison.Ordinal);
                Assert.True(read.State == BodyState.Unreadable || read.Model is null or "gpt-4o" || isValue, $"{at} {other}");
            }
        }
    }

    [Fact]
    public async Task FormOfDotNet_IsRead()
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(new byte[100_000]), "file", "ä.wav" },
            { new StringContent("gpt-4o"), "model" },
        };

        var body = await form.ReadAsByteArrayAsync();

        Assert.Equal(new(BodyState.Read, "gpt-4o"), FormReader.Read(body, form.Headers.ContentType!.ToString()));
    }

    [Fact]
    public void LongParts_AreNoModels()
    {
        var model = $"--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n{new string('m', 257)}\r\n--b--";
        var head = $"--b\r\nContent-Disposition: form-data; name=\"{new string('n', 5000)}\"\r\n\r\nx\r\n--b--";
        var boundary = new string('b', 71);

        Assert.Equal(new(BodyState.Unreadable), FormReader.Read(Encoding.ASCII.GetBytes(model), Type));
        Assert.Equal(new(BodyState.Unreadable), FormReader.Read(Encoding.ASCII.GetBytes(head), Type));
        Assert.Equal(
            new(BodyState.Unreadable),
            FormReader.Read(Encoding.ASCII.GetBytes($"--{boundary}--"), $"multipart/form-data; boundary={boundary}")
        );
    }
}
