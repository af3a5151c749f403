using System.Text;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>Reads the model from a form, such as that of a transcription.</summary>
public class FormScannerTests
{
    private const string Model = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n";
    private const string End = "--b--\r\n";
    private static readonly string _file =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: "
        + $"audio/wav\r\n\r\n{new string('\r', 3000)}\r\n--a\r\n-\r\n";

    public static TheoryData<string, string?> Forms =>
        new()
        {
            { Model + End, "whisper-1" },
            { _file + Model + End, "whisper-1" },
            { Model + _file + End, "whisper-1" },
            { Model + Model.Replace("whisper-1", "gpt-4o-transcribe", StringComparison.Ordinal) + End, "gpt-4o-transcribe" },
            { Model.Replace("\"model\"", "model", StringComparison.Ordinal) + End, "whisper-1" },
            { Model.Replace("; name", ";name", StringComparison.Ordinal) + End, "whisper-1" },
            { Model.Replace("name=\"model\"", "filename=\"model\"", StringComparison.Ordinal) + End, null },
            { Model.Replace("\"model\"", "\"model2\"", StringComparison.Ordinal) + End, null },
            { Model.Replace("whisper-1", "", StringComparison.Ordinal) + End, null },
            { Model.Replace("whisper-1", new string('m', 256), StringComparison.Ordinal) + End, new string('m', 256) },
            { Model.Replace("whisper-1", new string('m', 257), StringComparison.Ordinal) + End, null },
            { Model.Replace("whisper-1", "a\r\nb", StringComparison.Ordinal) + End, null },
            { Model.Replace("\r\n\r\n", $"\r\nX: {new string('x', 5000)}\r\n\r\n", StringComparison.Ordinal) + End, null },
            // A file that contains a form, and one that contains a longer boundary.
            { _file.Replace("\r\n-\r\n", Model.Replace("--b", "--c", StringComparison.Ordinal), StringComparison.Ordinal) + End, null },
            {
                _file.Replace("\r\n-\r\n", "\r\n" + Model.Replace("--b", "--bc", StringComparison.Ordinal), StringComparison.Ordinal) + End,
                null
            },
            // Data after the end, a body that is no form, and a truncated form.
            { End + Model, null },
            { "-", null },
            { "--\r\n\r\n", null },
            { "--b\n\nname=\"model\"\n\nm", null },
            { new string('-', 5000), null },
            { "no form", null },
            { Model[..^2], null },
        };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Model_IsFound_InAnyFragmentsOfAForm(string form, string? model)
    {
        var bytes = Encoding.UTF8.GetBytes(form);
        foreach (var piece in new[] { bytes.Length, 1, 2, 7, 1000 })
        {
            using var reader = new RequestReader("");
            for (var at = 0; at < bytes.Length; at += piece)
            {
                reader.Read(bytes.AsMemory(at, Math.Min(piece, bytes.Length - at)));
            }

            Assert.Equal(model, reader.Model);
        }
    }
}
